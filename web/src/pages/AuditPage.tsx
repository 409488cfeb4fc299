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
import { t } from '../i18n';

export function AuditPage() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const audit = useAudit(filter);
  const lines = audit.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={t('common.audit')} about={t('account.everyChangeAndEveryDenied')}>
      <Filter onFilter={setFilter} />
      {audit.isPending ? (
        <Loading what={t('account.theAudit')} />
      ) : audit.isError && lines.length === 0 ? (
        <Failure
          title={t('account.theAuditCannotBeRead')}
          message={messageOf(audit.error)}
          retry={() => void audit.refetch()}
        />
      ) : lines.length === 0 ? (
        <Panel>
          <Empty title={t('account.nothingOfThisKind')} />
        </Panel>
      ) : (
        <Panel flush>
          <Lines lines={lines} />
          <More query={audit} what={t('account.lines')} />
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
        <TextInput
          label={t('common.user')}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <TextInput
          label={t('account.pathBeginsWith')}
          placeholder="/api/v1/jobs/nightly"
          value={target}
          onChange={(event) => setTarget(event.currentTarget.value)}
          w={260}
        />
        <Select
          label={t('account.what')}
          data={[
            { value: 'all', label: t('account.all') },
            { value: 'changes', label: t('account.changes') },
            { value: 'denied', label: t('account.deniedAttempts') },
          ]}
          value={kind}
          onChange={setKind}
          allowDeselect={false}
          w={160}
        />
        <Button type="submit">{t('account.show')}</Button>
      </Group>
    </form>
  );
}

function Lines({ lines }: { lines: AuditLine[] }) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('common.when')}</Table.Th>
          <Table.Th>{t('account.who')}</Table.Th>
          <Table.Th>{t('account.from')}</Table.Th>
          <Table.Th>{t('account.what')}</Table.Th>
          <Table.Th>{t('account.answer')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map((line) => (
          <Table.Tr key={line.id}>
            <Table.Td>
              <Time at={line.at} />
            </Table.Td>
            <Table.Td>
              {line.user ?? t('account.nobodyKnown')}
              {line.via && (
                <Text size="sm" c="dimmed">
                  {t('account.by', { via: line.via })}
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
                  {t('account.andDeniedAttemptsBeforeIt', { more: line.more })}
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
      <summary>{t('account.beforeAndAfter')}</summary>
      <Text size="sm">{t('account.before')}</Text>
      <Code block>{line.before ? JSON.stringify(line.before, null, 2) : t('common.nothing')}</Code>
      <Text size="sm">{t('account.after')}</Text>
      <Code block>{line.after ? JSON.stringify(line.after, null, 2) : t('common.nothing')}</Code>
    </details>
  );
}
