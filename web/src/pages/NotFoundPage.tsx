// An address that leads nowhere.

import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { Page } from '../design/Page';
import { Empty } from '../design/States';
import { t } from '../i18n';

export function NotFoundPage() {
  return (
    <Page title={t('shell.notFound')}>
      <Empty title={t('shell.thereIsNoSuchPage')}>
        <Anchor component={Link} href="/jobs">
          {t('shell.goToTheJobs')}
        </Anchor>
      </Empty>
    </Page>
  );
}
