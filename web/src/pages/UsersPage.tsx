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

const ROLES = [
  { value: 'viewer', label: 'viewer: sees' },
  { value: 'operator', label: 'operator: runs, pauses, kills, drains' },
  { value: 'editor', label: 'editor: saves jobs and modules' },
  { value: 'admin', label: 'admin: manages users' },
];

type Link = { name: string; secret: string };

export function UsersPage() {
  const users = useUsers();
  const [link, setLink] = useState<Link>();
  return (
    <Page
      title="Users"
      about="Who may come in, and what they may do. A change holds from their next request on."
    >
      {link && (
        <Secret
          title={`A link for ${link.name}`}
          about="It opens the account once, within a day, to set a password. It is shown this once."
          secret={linkOf(link.secret)}
          onDone={() => setLink(undefined)}
        />
      )}
      <Panel title="New user">
        <NewUser onLink={setLink} />
      </Panel>
      {users.isPending ? (
        <Loading what="users" />
      ) : !users.data ? (
        <Failure
          title="The users cannot be read"
          message={messageOf(users.error)}
          retry={() => void users.refetch()}
        />
      ) : (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Role</Table.Th>
                <Table.Th>May not save (as editor)</Table.Th>
                <Table.Th>Password set</Table.Th>
                <Table.Th>
                  <span className="sr-only">Actions</span>
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
      failed('The user is not made', error);
    }
    void refresh(client);
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
          autoCapitalize="none"
        />
        <Select label="Role" data={ROLES} value={role} onChange={setRole} allowDeselect={false} w={300} />
        <Button type="submit" disabled={name.trim() === '' || !role}>
          Make the user
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
          aria-label={`Role of ${name}`}
          data={ROLES}
          value={user.role}
          allowDeselect={false}
          onChange={(role) => role && role !== user.role && void act.changeUser(name, { role: role as Role })}
        />
      </Table.Td>
      <Table.Td>
        <Stack gap={4}>
          <Checkbox
            label="shell jobs"
            aria-label={`Withhold shell jobs from ${name}`}
            checked={withheld.includes('shell_jobs')}
            onChange={(event) => void withhold('shell_jobs', event.currentTarget.checked)}
          />
          <Checkbox
            label="jobs that name their account"
            aria-label={`Withhold jobs that name their account from ${name}`}
            checked={withheld.includes('run_as_user')}
            onChange={(event) => void withhold('run_as_user', event.currentTarget.checked)}
          />
        </Stack>
      </Table.Td>
      <Table.Td>{user.has_password ? <Time at={user.password_at} /> : 'none yet'}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Reset the password of ${name}`}
            onClick={() =>
              confirm({
                title: `Reset the password of ${name}?`,
                text: 'All sessions end. You get a link that opens the account once.',
                yes: 'Reset',
                onYes: () => void reset(),
              })
            }
          >
            Reset password
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Remove ${name}`}
            onClick={() =>
              confirm({
                title: `Remove ${name}?`,
                text: 'Sessions and tokens end at once. What was done stays in the audit.',
                yes: 'Remove',
                onYes: () => void act.removeUser(name),
              })
            }
          >
            Remove
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
