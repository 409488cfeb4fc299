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
import { t } from '../i18n';

const ROLES: Role[] = ['viewer', 'operator', 'editor', 'admin'];

export function AccountPage() {
  const session = useSession();
  if (session.isPending) return <Loading what={t('account.yourAccount')} />;
  if (!session.data)
    return <Failure title={t('account.yourAccountCannotBeRead')} message={messageOf(session.error)} />;
  const { user, role, withheld = [], passwordless } = session.data;
  return (
    <Page title={t('account.yourAccountTitle')}>
      <Panel title={user}>
        <Facts
          facts={[
            { name: t('account.role'), value: role },
            withheld.length > 0 && {
              name: t('account.mayNotSave'),
              value: withheld.map(withheldWords).join(', '),
            },
          ]}
        />
      </Panel>
      <PasswordPanel first={!!passwordless} name={user} />
      <TokensPanel />
    </Page>
  );
}

export function withheldWords(withheld: string): string {
  return withheld === 'shell_jobs' ? t('account.shellJobs') : t('account.jobsThatNameTheirAccount');
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
      done(t('account.thePasswordIsSet'), t('account.allOtherSessionsHaveEnded'));
    } catch (error) {
      failed(t('account.thePasswordIsNotSet'), error);
    }
    void refresh(client);
  };
  return (
    <Panel title={t('common.password')}>
      <form onSubmit={submit}>
        <Stack gap="sm" maw={400}>
          {first && <Text>{t('account.youHaveNoPasswordYet')}</Text>}
          <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
          {!first && (
            <PasswordInput
              label={t('account.currentPassword')}
              value={current}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': t('account.showTheCurrentPassword') }}
            />
          )}
          <PasswordInput
            label={t('account.newPassword')}
            description={t('account.n10CharactersOrMore')}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('account.showTheNewPassword') }}
          />
          <Group>
            <Button type="submit" disabled={next === '' || (!first && current === '')}>
              {t('account.setThePassword')}
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
    <Panel title={may('admin') ? t('account.apiTokensOfAllUsers') : t('account.apiTokens')}>
      <Stack gap="md">
        <NewToken />
        {tokens.isPending ? (
          <Loading what={t('account.tokens')} />
        ) : !tokens.data ? (
          <Failure title={t('account.theTokensCannotBeRead')} message={messageOf(tokens.error)} />
        ) : tokens.data.tokens.length === 0 ? (
          <Empty title={t('account.noTokens')}>{t('account.scriptsSendOneAsAuthorization')}</Empty>
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
      failed(t('account.theTokenIsNotMade'), error);
    }
    void refresh(client);
  };
  if (secret)
    return (
      <Secret
        title={t('account.theNewToken')}
        about={t('account.itIsShownThisOnce')}
        secret={secret}
        onDone={() => setSecret(undefined)}
      />
    );
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label={t('account.whatFor')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t('account.atMost')}
          data={mine}
          value={role ?? mine.at(-1) ?? null}
          onChange={setRole}
          w={130}
        />
        <NumberInput
          label={t('account.daysEmptyNoEnd')}
          min={1}
          max={3650}
          value={days}
          onChange={setDays}
          w={160}
        />
        <Button type="submit" disabled={name.trim() === ''}>
          {t('account.makeAToken')}
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
            <Table.Th>{t('account.whatFor')}</Table.Th>
            <Table.Th>{t('account.whose')}</Table.Th>
            <Table.Th>{t('account.atMost')}</Table.Th>
            <Table.Th>{t('account.made')}</Table.Th>
            <Table.Th>{t('account.ends')}</Table.Th>
            <Table.Th>{t('account.lastUsed')}</Table.Th>
            <Table.Th>
              <span className="sr-only">{t('common.actions')}</span>
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
              <Table.Td>{token.expires_at ? <Time at={token.expires_at} /> : t('account.never')}</Table.Td>
              <Table.Td>
                {token.last_used_at ? <Time at={token.last_used_at} /> : t('account.never')}
              </Table.Td>
              <Table.Td>
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={t('account.revoke', { name: token.name })}
                  onClick={() =>
                    confirm({
                      title: t('account.revokeAsk', { name: token.name }),
                      text: t('account.itOpensNothingFromThe'),
                      yes: t('account.revokeTitle'),
                      onYes: () => void act.revokeToken(token.id, token.name),
                    })
                  }
                >
                  {t('account.revokeTitle')}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
