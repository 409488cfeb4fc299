// An address that leads nowhere.

import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { Page } from '../design/Page';
import { Empty } from '../design/States';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty title="There is no such page">
        <Anchor component={Link} href="/jobs">
          Go to the jobs
        </Anchor>
      </Empty>
    </Page>
  );
}
