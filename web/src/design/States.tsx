// What stands in a page's place while it loads, when there is nothing, and when something went wrong.

import { Alert, Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { t } from '../i18n';
import { langOf } from '../lib/language';

export function Loading({ what }: { what: string }) {
  return (
    <Center p="xl" role="status" aria-label={t('shell.loading', { what })}>
      <Loader size="sm" type="dots" />
    </Center>
  );
}

/** An empty place that says what would be here and how to get it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" p="xl" ta="center">
      <Title order={2}>{title}</Title>
      <Text component="div" c="dimmed" maw={520}>
        {children}
      </Text>
    </Stack>
  );
}

export function Failure({ title, message, retry }: { title: string; message: string; retry?: () => void }) {
  return (
    <Alert color="red" variant="outline" icon={<IconAlertTriangle />} title={title}>
      <Stack gap="xs" align="flex-start">
        <Text lang={langOf(message)}>{message}</Text>
        {retry && (
          <Button variant="default" onClick={retry}>
            {t('shell.tryAgain')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Stands above what is shown although it may be old, or is not whole: why, and how to ask again. */
export function Stale({ title, message, retry }: { title: ReactNode; message: string; retry: () => void }) {
  return (
    <Alert color="yellow" variant="outline" role="status" icon={<IconAlertTriangle />} title={title} mb="sm">
      <Stack gap="xs" align="flex-start">
        <Text lang={langOf(message)}>{message}</Text>
        <Button variant="default" onClick={retry}>
          {t('shell.tryAgain')}
        </Button>
      </Stack>
    </Alert>
  );
}
