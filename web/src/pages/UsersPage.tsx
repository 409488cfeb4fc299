// Users, for admins: who there is, what each may do, a new one, another password.

import { Button, Checkbox, Group, Select, Stack, Table, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { request } from '../api/client';
import { messageOf } from '../api/problem';
import { refresh, useUsers } from '../api/queries';
import type { Role, UserView, Withheld } from '../api/types';
import { useActions } from '../components/actions';
import { confirm } from '../components/confirm';
import { linkOf, Secret } from '../components/Secret';
import { failed } from '../components/toast';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { t } from '../i18n';

const roles = () => [
  { value: 'viewer', label: t('account.viewerSees') },
  { value: 'operator', label: t('account.operatorRunsPausesKillsDrains') },
  { value: 'editor', label: t('account.editorSavesJobsAndModules') },
  { value: 'admin', label: t('account.adminManagesUsers') },
];

type Link = { name: string; secret: string };

export function UsersPage() {
  const users = useUsers();
  const [link, setLink] = useState<Link>();
  return (
    <Page title={t('common.users')} about={t('account.whoMayComeInAnd')}>
      {link && (
        <Secret
          title={t('account.aLinkFor', { name: link.name })}
          about={t('account.itOpensTheAccountOnce')}
          secret={linkOf(link.secret)}
          onDone={() => setLink(undefined)}
        />
      )}
      <Panel title={t('account.newUser')}>
        <NewUser onLink={setLink} />
      </Panel>
      {users.isPending ? (
        <Loading what={t('account.users')} />
      ) : !users.data ? (
        <Failure
          title={t('account.theUsersCannotBeRead')}
          message={messageOf(users.error)}
          retry={() => void users.refetch()}
        />
      ) : (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('common.name')}</Table.Th>
                <Table.Th>{t('account.role')}</Table.Th>
                <Table.Th>{t('account.mayNotSaveAsEditor')}</Table.Th>
                <Table.Th>{t('account.passwordSet')}</Table.Th>
                <Table.Th>
                  <span className="sr-only">{t('common.actions')}</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {users.data.users.map((user) => (
                <Row key={user.name} user={user} onLink={setLink} />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
    </Page>
  );
}

function NewUser({ onLink }: { onLink: (link: Link) => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<string | null>('viewer');
  const client = useQueryClient();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const body = { name: name.trim(), role: role as Role };
      const { login_token } = await request('post', '/api/v1/users', { body });
      if (login_token) onLink({ name: body.name, secret: login_token });
      setName('');
    } catch (error) {
      failed(t('account.theUserIsNotMade'), error);
    }
    void refresh(client);
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label={t('common.name')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
          autoCapitalize="none"
        />
        <Select
          label={t('account.role')}
          data={roles()}
          value={role}
          onChange={setRole}
          allowDeselect={false}
          w={300}
        />
        <Button type="submit" disabled={name.trim() === '' || !role}>
          {t('account.makeTheUser')}
        </Button>
      </Group>
    </form>
  );
}

function Row({ user, onLink }: { user: UserView; onLink: (link: Link) => void }) {
  const act = useActions();
  const { name, withheld = [] } = user;
  const withhold = (right: Withheld, on: boolean) =>
    act.changeUser(name, { withheld: on ? [...withheld, right] : withheld.filter((one) => one !== right) });
  const reset = async () => {
    const reply = await act.changeUser(name, { reset_password: true });
    if (reply?.login_token) onLink({ name, secret: reply.login_token });
  };
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td>
        <Select
          aria-label={t('account.roleOf', { name })}
          data={roles()}
          miw={220}
          value={user.role}
          allowDeselect={false}
          onChange={(role) => role && role !== user.role && void act.changeUser(name, { role: role as Role })}
        />
      </Table.Td>
      <Table.Td>
        <Stack gap={4}>
          <Checkbox
            label={t('account.shellJobs')}
            aria-label={t('account.withholdShellJobsFrom', { name })}
            checked={withheld.includes('shell_jobs')}
            onChange={(event) => void withhold('shell_jobs', event.currentTarget.checked)}
          />
          <Checkbox
            label={t('account.jobsThatNameTheirAccount')}
            aria-label={t('account.withholdJobsThatNameTheir', { name })}
            checked={withheld.includes('run_as_user')}
            onChange={(event) => void withhold('run_as_user', event.currentTarget.checked)}
          />
        </Stack>
      </Table.Td>
      <Table.Td>{user.has_password ? <Time at={user.password_at} /> : t('account.noneYet')}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('account.resetThePasswordOf', { name })}
            onClick={() =>
              confirm({
                title: t('account.resetThePasswordOfAsk', { name }),
                text: t('account.allSessionsEndYouGet'),
                yes: t('account.reset'),
                onYes: () => void reset(),
              })
            }
          >
            {t('account.resetPassword')}
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('common.removeTitle', { name })}
            onClick={() =>
              confirm({
                title: t('common.removeAsk', { name }),
                text: t('account.sessionsAndTokensEndAt'),
                yes: t('common.remove'),
                onYes: () => void act.removeUser(name),
              })
            }
          >
            {t('common.remove')}
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
