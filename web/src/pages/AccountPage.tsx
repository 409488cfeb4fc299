// One's own account: who one is, another password, and the API tokens that act for one.

import {
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { messageOf } from '../api/problem';
import { refresh, useMay, useSession, useTokens } from '../api/queries';
import type { Role, TokenView } from '../api/types';
import { useActions } from '../components/actions';
import { confirm } from '../components/confirm';
import { Secret } from '../components/Secret';
import { done, failed } from '../components/toast';
import { Facts } from '../design/Facts';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';

const ROLES: Role[] = ['viewer', 'operator', 'editor', 'admin'];

export function AccountPage() {
  const session = useSession();
  if (session.isPending) return <Loading what="your account" />;
  if (!session.data)
    return <Failure title="Your account cannot be read" message={messageOf(session.error)} />;
  const { user, role, withheld = [], passwordless } = session.data;
  return (
    <Page title="Your account">
      <Panel title={user}>
        <Facts
          facts={[
            { name: 'Role', value: role },
            withheld.length > 0 && { name: 'May not save', value: withheld.map(withheldWords).join(', ') },
          ]}
        />
      </Panel>
      <PasswordPanel first={!!passwordless} name={user} />
      <TokensPanel />
    </Page>
  );
}

export function withheldWords(withheld: string): string {
  return withheld === 'shell_jobs' ? 'shell jobs' : 'jobs that name their account';
}

function PasswordPanel({ first, name }: { first: boolean; name: string }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const client = useQueryClient();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await request('put', '/api/v1/session/password', {
        body: first ? { new: next } : { current, new: next },
      });
      setCurrent('');
      setNext('');
      done('The password is set', 'All other sessions have ended.');
    } catch (error) {
      failed('The password is not set', error);
    }
    void refresh(client);
  };
  return (
    <Panel title="Password">
      <form onSubmit={submit}>
        <Stack gap="sm" maw={400}>
          {first && <Text>You have no password yet: the next login would take another one-time link.</Text>}
          <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
          {!first && (
            <PasswordInput
              label="Current password"
              value={current}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': 'Show the current password' }}
            />
          )}
          <PasswordInput
            label="New password"
            description="10 characters or more"
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
          />
          <Group>
            <Button type="submit" disabled={next === '' || (!first && current === '')}>
              Set the password
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}

function TokensPanel() {
  const tokens = useTokens();
  const may = useMay();
  return (
    <Panel title={may('admin') ? 'API tokens of all users' : 'API tokens'}>
      <Stack gap="md">
        <NewToken />
        {tokens.isPending ? (
          <Loading what="tokens" />
        ) : !tokens.data ? (
          <Failure title="The tokens cannot be read" message={messageOf(tokens.error)} />
        ) : tokens.data.tokens.length === 0 ? (
          <Empty title="No tokens">Scripts send one as “Authorization: Bearer TOKEN”.</Empty>
        ) : (
          <TokenTable tokens={tokens.data.tokens} />
        )}
      </Stack>
    </Panel>
  );
}

function NewToken() {
  const may = useMay();
  const mine = ROLES.filter((role) => may(role));
  const [name, setName] = useState('');
  const [role, setRole] = useState<string | null>(null);
  const [days, setDays] = useState<number | string>(90);
  const [secret, setSecret] = useState<string>();
  const client = useQueryClient();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const body = {
        name: name.trim(),
        role: (role ?? mine.at(-1)) as Role,
        ttl: days ? `${days}d` : undefined,
      };
      setSecret((await request('post', '/api/v1/tokens', { body })).secret);
      setName('');
    } catch (error) {
      failed('The token is not made', error);
    }
    void refresh(client);
  };
  if (secret)
    return (
      <Secret
        title="The new token"
        about="It is shown this once. Who has it acts for you until it ends or is revoked."
        secret={secret}
        onDone={() => setSecret(undefined)}
      />
    );
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput label="What for" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label="At most" data={mine} value={role ?? mine.at(-1) ?? null} onChange={setRole} w={130} />
        <NumberInput
          label="Days (empty: no end)"
          min={1}
          max={3650}
          value={days}
          onChange={setDays}
          w={160}
        />
        <Button type="submit" disabled={name.trim() === ''}>
          Make a token
        </Button>
      </Group>
    </form>
  );
}

function TokenTable({ tokens }: { tokens: TokenView[] }) {
  const act = useActions();
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What for</Table.Th>
            <Table.Th>Whose</Table.Th>
            <Table.Th>At most</Table.Th>
            <Table.Th>Made</Table.Th>
            <Table.Th>Ends</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th>
              <span className="sr-only">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td>{token.name}</Table.Td>
              <Table.Td>{token.user}</Table.Td>
              <Table.Td>{token.role}</Table.Td>
              <Table.Td>
                <Time at={token.created_at} />
              </Table.Td>
              <Table.Td>{token.expires_at ? <Time at={token.expires_at} /> : 'never'}</Table.Td>
              <Table.Td>{token.last_used_at ? <Time at={token.last_used_at} /> : 'never'}</Table.Td>
              <Table.Td>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Revoke ${token.name}`}
                  onClick={() =>
                    confirm({
                      title: `Revoke ${token.name}?`,
                      text: 'It opens nothing from the next request on.',
                      yes: 'Revoke',
                      onYes: () => void act.revokeToken(token.id, token.name),
                    })
                  }
                >
                  Revoke
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
