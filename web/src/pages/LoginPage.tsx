// The way in: by the one-time link that the server prints, or by a token.
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
  Title,
} from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { request } from '../api/client';
import { messageOf, ProblemError } from '../api/problem';
import { safeNext } from '../lib/path';

type State =
  | { kind: 'asking' }
  | { kind: 'sending' }
  | { kind: 'refused'; by: 'link' | 'token'; message: string };

export function LoginPage() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const [token, setToken] = useState('');
  const [, navigate] = useLocation();
  const client = useQueryClient();

  const comeIn = async (by: 'link' | 'token', secret: string) => {
    setState({ kind: 'sending' });
    try {
      await request('post', '/api/v1/session', {
        body: by === 'link' ? { login_token: secret } : { token: secret },
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
                <Text>
                  Open the one-time link that <Code>sandglass standalone</Code> printed. Each start of the
                  server prints a new one.
                </Text>
                <PasswordInput
                  label="Or log in with a token"
                  description="The admin's token stands in the file admin-token of the data folder"
                  value={token}
                  onChange={(event) => setToken(event.currentTarget.value)}
                  autoComplete="off"
                  visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
                />
                <Button type="submit" size="sm" disabled={token.trim() === ''}>
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

function refusal(by: 'link' | 'token', error: unknown): string {
  if (!(error instanceof ProblemError) || error.status !== 401) return messageOf(error);
  return by === 'link'
    ? 'It was used before, or its time has passed: each link lets in once. A restart of the server prints a new one; a token works too.'
    : messageOf(error);
}
