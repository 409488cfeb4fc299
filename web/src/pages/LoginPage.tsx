// The way in: by name and password, by a one-time link, or by a token.
//
// The link's secret stands behind `#`, which a browser never sends. It is taken out of the address before anything
// else happens, sent once, and kept nowhere. Afterwards one is where one wanted to go.

import {
  Alert,
  Button,
  Center,
  Code,
  Group,
  Loader,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { request } from '../api/client';
import { messageOf, ProblemError } from '../api/problem';
import { LanguageField } from '../components/LanguageMenu';
import { t, tx } from '../i18n';
import { safeNext } from '../lib/path';

type Way = 'password' | 'link' | 'token';
type State = { kind: 'asking' } | { kind: 'sending' } | { kind: 'refused'; by: Way; message: string };

export function LoginPage() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [token, setToken] = useState('');
  const [, navigate] = useLocation();
  const client = useQueryClient();

  const comeIn = async (by: Way, secret: string) => {
    setState({ kind: 'sending' });
    try {
      await request('post', '/api/v1/session', {
        body: bodyOf(by, name.trim(), secret),
      });
      client.clear();
      navigate(safeNext(new URLSearchParams(window.location.search).get('next')), { replace: true });
    } catch (error) {
      setState({ kind: 'refused', by, message: refusal(by, error) });
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the link's secret is there once
  useEffect(() => {
    document.title = `${t('account.logIn')} · Sandglass`;
    const secret = takeSecret();
    if (secret) void comeIn('link', secret);
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim()) void comeIn('token', token.trim());
    else if (name.trim() && password) void comeIn('password', password);
  };

  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={440} bg="var(--sg-surface)">
        <Stack gap="md">
          <Group gap="xs">
            <img src="/favicon.svg" width={28} height={28} alt="" />
            <Title order={1}>{t('account.logInToSandglass')}</Title>
          </Group>
          {state.kind === 'refused' && (
            <Alert
              color="red"
              variant="outline"
              title={state.by === 'link' ? t('account.thisLinkDoesNotWork') : t('account.notLetIn')}
              role="alert"
            >
              {state.message}
            </Alert>
          )}
          {state.kind === 'sending' ? (
            <Center p="md" role="status" aria-label={t('account.loggingIn')}>
              <Loader size="sm" type="dots" />
            </Center>
          ) : (
            <form onSubmit={submit}>
              <Stack gap="sm">
                <TextInput
                  label={t('common.name')}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  autoComplete="username"
                  autoCapitalize="none"
                />
                <PasswordInput
                  label={t('common.password')}
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                  autoComplete="current-password"
                  visibilityToggleButtonProps={{ 'aria-label': t('account.showThePassword') }}
                />
                <Text size="sm" c="dimmed">
                  {tx('account.noPasswordYetOpenThe', { standalone: <Code>sandglass standalone</Code> })}
                </Text>
                <PasswordInput
                  label={t('account.orLogInWithA')}
                  description={t('account.theAdminsTokenStandsIn')}
                  value={token}
                  onChange={(event) => setToken(event.currentTarget.value)}
                  autoComplete="off"
                  visibilityToggleButtonProps={{ 'aria-label': t('account.showTheToken') }}
                />
                <Button
                  type="submit"
                  size="sm"
                  disabled={token.trim() === '' && (name.trim() === '' || password === '')}
                >
                  {t('account.logIn')}
                </Button>
              </Stack>
            </form>
          )}
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

function bodyOf(by: Way, name: string, secret: string) {
  if (by === 'link') return { login_token: secret };
  return by === 'token' ? { token: secret } : { name, password: secret };
}

function refusal(by: Way, error: unknown): string {
  if (!(error instanceof ProblemError) || error.status !== 401) return messageOf(error);
  return by === 'link' ? t('account.itWasUsedBeforeOr') : messageOf(error);
}
