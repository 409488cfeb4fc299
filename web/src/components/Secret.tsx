// A secret that is told once: shown to be copied, with a word on what it opens.

import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { t } from '../i18n';
import { at } from '../lib/base';

type Props = { title: string; about: string; secret: string; onDone: () => void };

export function Secret({ title, about, secret, onDone }: Props) {
  return (
    <Alert variant="outline" title={title} role="status">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{about}</Text>
        <Code block style={{ wordBreak: 'break-all', whiteSpace: 'pre-wrap' }}>
          {secret}
        </Code>
        <Group gap="xs">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? t('common.copied') : t('common.copy')}
              </Button>
            )}
          </CopyButton>
          <Button variant="default" onClick={onDone}>
            {t('account.iHaveIt')}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

/** Returns the link that opens an account once. */
export function linkOf(secret: string): string {
  return `${window.location.origin}${at('/login')}#${secret}`;
}
