// The way in, and on to where one wanted to go.
//
// The secret of a one-time link stands behind `#`, which a browser never sends. It is taken out of the address before
// anything else happens, sent once, and kept nowhere. Not here: the fields (`components/LoginForm`).

import { Center, Group, Paper, Stack, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { LanguageField } from '../components/LanguageMenu';
import { LoginForm } from '../components/LoginForm';
import { t } from '../i18n';
import { at } from '../lib/base';
import { safeNext } from '../lib/path';

export function LoginPage() {
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [link, setLink] = useState<string>();
  const title = `${t('account.logIn')} · Sandglass`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    const secret = takeSecret();
    if (secret) setLink(secret);
  }, []);
  const goOn = () => {
    client.clear();
    navigate(safeNext(new URLSearchParams(window.location.search).get('next')), { replace: true });
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={440} bg="var(--sg-surface)">
        <Stack gap="md">
          <Group gap="xs">
            <img src={at('/favicon.svg')} width={28} height={28} alt="" />
            <Title order={1}>{t('account.logInToSandglass')}</Title>
          </Group>
          <LoginForm link={link} onIn={goOn} />
          <Group justify="flex-end">
            <LanguageField />
          </Group>
        </Stack>
      </Paper>
    </Center>
  );
}

/** Returns what stands behind `#` and takes it out of the address and its history. */
function takeSecret(): string | undefined {
  const secret = window.location.hash.slice(1);
  if (!secret) return undefined;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return decodeURIComponent(secret);
}
