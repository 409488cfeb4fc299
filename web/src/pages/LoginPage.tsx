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
    document.title = 'Log in · Sandglass';
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
            <Title order={1}>Log in to Sandglass</Title>
          </Group>
          {state.kind === 'refused' && (
            <Alert
              color="red"
              variant="outline"
              title={state.by === 'link' ? 'This link does not work' : 'Not let in'}
              role="alert"
            >
              {state.message}
            </Alert>
          )}
          {state.kind === 'sending' ? (
            <Center p="md" role="status" aria-label="Logging in">
              <Loader size="sm" type="dots" />
            </Center>
          ) : (
            <form onSubmit={submit}>
              <Stack gap="sm">
                <TextInput
                  label="Name"
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                  autoComplete="username"
                  autoCapitalize="none"
                />
                <PasswordInput
                  label="Password"
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                  autoComplete="current-password"
                  visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
                />
                <Text size="sm" c="dimmed">
                  No password yet? Open the one-time link that the server printed (
                  <Code>sandglass standalone</Code> prints one at each start), or the one that an admin gave
                  you.
                </Text>
                <PasswordInput
                  label="Or log in with a token"
                  description="The admin's token stands in the file admin-token of the data folder"
                  value={token}
                  onChange={(event) => setToken(event.currentTarget.value)}
                  autoComplete="off"
                  visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
                />
                <Button
                  type="submit"
                  size="sm"
                  disabled={token.trim() === '' && (name.trim() === '' || password === '')}
                >
                  Log in
                </Button>
              </Stack>
            </form>
          )}
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
  return by === 'link'
    ? 'It was used before, or its time has passed: each link lets in once. A restart of the server prints a new one; a token works too.'
    : messageOf(error);
}
