// The fields by which one comes in: name and password, or a token; or a one-time link, sent once.
//
// Stands on the page of the login, and above a page whose session ended while something was typed there (`LoginAgain`).

import { Alert, Button, Center, Code, Loader, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { request } from '../api/client';
import { messageOf, ProblemError } from '../api/problem';
import { t, tx } from '../i18n';

type Way = 'password' | 'link' | 'token';
type State = { kind: 'asking' } | { kind: 'sending' } | { kind: 'refused'; by: Way; message: string };

/** `link` is the secret of a one-time link. */
type Props = { link?: string; onIn: () => void };

export function LoginForm({ link, onIn }: Props) {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [token, setToken] = useState('');

  const comeIn = async (by: Way, secret: string) => {
    setState({ kind: 'sending' });
    try {
      await request('post', '/api/v1/session', { body: bodyOf(by, name.trim(), secret) });
      onIn();
    } catch (error) {
      setState({ kind: 'refused', by, message: refusal(by, error) });
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: the link's secret is there once
  useEffect(() => {
    if (link) void comeIn('link', link);
  }, [link]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Above a page the events of this form come up to what is around it.
    event.stopPropagation();
    if (token.trim()) void comeIn('token', token.trim());
    else if (name.trim() && password) void comeIn('password', password);
  };

  return (
    <Stack gap="md">
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
    </Stack>
  );
}

function bodyOf(by: Way, name: string, secret: string) {
  if (by === 'link') return { login_token: secret };
  return by === 'token' ? { token: secret } : { name, password: secret };
}

function refusal(by: Way, error: unknown): string {
  if (!(error instanceof ProblemError) || error.status !== 401) return messageOf(error);
  return by === 'link' ? t('account.itWasUsedBeforeOr') : messageOf(error);
}
