// The end of a list that comes page by page.

import { Button, Center } from '@mantine/core';
import { t } from '../i18n';

type Paged = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };

export function More({ query, what }: { query: Paged; what: string }) {
  if (!query.hasNextPage) return null;
  return (
    <Center p="sm">
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        {t('shell.more', { what })}
      </Button>
    </Center>
  );
}
