// The audit, for admins: who changed or tried what, from where, and what stood before and after.

import { Button, Code, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { messageOf } from '../api/problem';
import { type AuditFilter, useAudit } from '../api/queries';
import type { AuditLine } from '../api/types';
import { More } from '../design/More';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';

export function AuditPage() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const audit = useAudit(filter);
  const lines = audit.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title="Audit" about="Every change and every denied attempt, the newest first.">
      <Filter onFilter={setFilter} />
      {audit.isPending ? (
        <Loading what="the audit" />
      ) : audit.isError && lines.length === 0 ? (
        <Failure
          title="The audit cannot be read"
          message={messageOf(audit.error)}
          retry={() => void audit.refetch()}
        />
      ) : lines.length === 0 ? (
        <Panel>
          <Empty title="Nothing of this kind" />
        </Panel>
      ) : (
        <Panel flush>
          <Lines lines={lines} />
          <More query={audit} what="lines" />
        </Panel>
      )}
    </Page>
  );
}

function Filter({ onFilter }: { onFilter: (filter: AuditFilter) => void }) {
  const [user, setUser] = useState('');
  const [target, setTarget] = useState('');
  const [kind, setKind] = useState<string | null>('all');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onFilter({
          user: user.trim() || undefined,
          target: target.trim() || undefined,
          denied: kind === 'all' ? undefined : kind === 'denied',
        });
      }}
    >
      <Group align="flex-end" gap="sm">
        <TextInput label="User" value={user} onChange={(event) => setUser(event.currentTarget.value)} />
        <TextInput
          label="Path begins with"
          placeholder="/api/v1/jobs/nightly"
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
          w={260}
        />
        <Select
          label="What"
          data={[
            { value: 'all', label: 'all' },
            { value: 'changes', label: 'changes' },
            { value: 'denied', label: 'denied attempts' },
          ]}
          value={kind}
          onChange={setKind}
          allowDeselect={false}
          w={160}
        />
        <Button type="submit">Show</Button>
      </Group>
    </form>
  );
}

function Lines({ lines }: { lines: AuditLine[] }) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>When</Table.Th>
          <Table.Th>Who</Table.Th>
          <Table.Th>From</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>Answer</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map((line) => (
          <Table.Tr key={line.id}>
            <Table.Td>
              <Time at={line.at} />
            </Table.Td>
            <Table.Td>
              {line.user ?? 'nobody known'}
              {line.via && (
                <Text size="sm" c="dimmed">
                  by {line.via}
                </Text>
              )}
            </Table.Td>
            <Table.Td>{line.from ?? '\u2013'}</Table.Td>
            <Table.Td>
              <Stack gap={4}>
                <Text style={{ wordBreak: 'break-all' }}>
                  {line.action.split(' ')[0]} {line.target}
                </Text>
                <Images line={line} />
              </Stack>
            </Table.Td>
            <Table.Td>
              {line.code ? `${line.status} ${line.code}` : line.status}
              {!!line.more && (
                <Text size="sm" c="dimmed">
                  and {line.more} denied attempts before it
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Images({ line }: { line: AuditLine }) {
  if (!line.before && !line.after) return null;
  return (
    <details>
      <summary>Before and after</summary>
      <Text size="sm">Before</Text>
      <Code block>{line.before ? JSON.stringify(line.before, null, 2) : 'nothing'}</Code>
      <Text size="sm">After</Text>
      <Code block>{line.after ? JSON.stringify(line.after, null, 2) : 'nothing'}</Code>
    </details>
  );
}
