// Alerts: what was told and what came of it; where notices go, who hears of what, and what nobody hears of for a while.

import { Badge, Button, Code, Group, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../api/problem';
import { type AlertFilter, useAlertHistory, useAlertPart, useMay } from '../api/queries';
import type { Channel, Delivery, Notice } from '../api/types';
import { useActions } from '../components/actions';
import { ListEditor } from '../components/alerts/ListEditor';
import { More } from '../design/More';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';

const STATES = ['waiting', 'sent', 'failed', 'muted', 'gone'];
const TONES: Record<string, string> = {
  sent: 'green',
  waiting: 'blue',
  failed: 'red',
  muted: 'gray',
  gone: 'gray',
};

export function AlertsPage() {
  const may = useMay();
  return (
    <Page title="Alerts" about="What somebody was told, and who hears of what.">
      <History />
      {may('editor') && <Channels />}
      <ListEditor
        part="rules"
        title="Rules"
        least="editor"
        about="Who hears of what, of jobs that name no channels."
      />
      <ListEditor part="mutes" title="Mutes" least="operator" about="What nobody hears of until it ends." />
    </Page>
  );
}

function History() {
  const [filter, setFilter] = useState<AlertFilter>({});
  const history = useAlertHistory(filter);
  const notices = history.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="sm">
      <Filter onFilter={setFilter} />
      {history.isPending ? (
        <Loading what="the alerts" />
      ) : history.isError && notices.length === 0 ? (
        <Failure
          title="The alerts cannot be read"
          message={messageOf(history.error)}
          retry={() => void history.refetch()}
        />
      ) : notices.length === 0 ? (
        <Panel>
          <Empty title="Nobody was told of anything" />
        </Panel>
      ) : (
        <Panel flush title="History">
          <Notices notices={notices} />
          <More query={history} what="alerts" />
        </Panel>
      )}
    </Stack>
  );
}

function Filter({ onFilter }: { onFilter: (filter: AlertFilter) => void }) {
  const [job, setJob] = useState('');
  const [state, setState] = useState<string | null>(null);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onFilter({ job: job.trim() || undefined, state: state ?? undefined });
      }}
    >
      <Group align="flex-end" gap="sm">
        <TextInput label="Job" value={job} onChange={(event) => setJob(event.currentTarget.value)} />
        <Select label="Delivery" data={STATES} value={state} onChange={setState} clearable w={160} />
        <Button type="submit">Show</Button>
      </Group>
    </form>
  );
}

function Notices({ notices }: { notices: Notice[] }) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>When</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>About</Table.Th>
          <Table.Th>Told</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {notices.map((notice) => (
          <Table.Tr key={notice.id}>
            <Table.Td>
              <Time at={notice.made_at} />
            </Table.Td>
            <Table.Td>
              {notice.condition.replaceAll('_', ' ')}
              <Text size="sm" c="dimmed">
                {notice.text}
              </Text>
            </Table.Td>
            <Table.Td>
              <About notice={notice} />
            </Table.Td>
            <Table.Td>
              <Group gap={4}>
                {notice.deliveries.map((delivery) => (
                  <Told key={delivery.channel} delivery={delivery} />
                ))}
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function About({ notice }: { notice: Notice }) {
  if (!notice.job) return notice.worker ? <Link href="/workers">{notice.worker}</Link> : 'the store';
  return (
    <Stack gap={0}>
      <Link href={`/jobs/${notice.job}`}>{notice.job}</Link>
      {notice.run && <Link href={`/runs/${notice.run}`}>its run</Link>}
    </Stack>
  );
}

function Told({ delivery }: { delivery: Delivery }) {
  const tries = delivery.tries && delivery.tries > 1 ? `, ${delivery.tries} tries` : '';
  return (
    <Stack gap={0}>
      <Badge variant="outline" color={TONES[delivery.state]} tt="none">
        {`${delivery.channel}: ${delivery.state}${tries}`}
      </Badge>
      {delivery.error && (
        <Text size="sm" c="dimmed">
          {delivery.error}
        </Text>
      )}
    </Stack>
  );
}

function Channels() {
  const channels = useAlertPart('channels');
  const act = useActions();
  const all: Channel[] = channels.data && 'channels' in channels.data.list ? channels.data.list.channels : [];
  return (
    <ListEditor
      part="channels"
      title="Channels"
      least="admin"
      about="Where notices go. A secret stands as ***, and stays as it is when it is saved so."
    >
      {all.length > 0 && (
        <Table>
          <Table.Tbody>
            {all.map((channel) => (
              <Table.Tr key={channel.name}>
                <Table.Td>{channel.name}</Table.Td>
                <Table.Td>
                  {channel.via.type} <Code>{placeOf(channel)}</Code>
                </Table.Td>
                <Table.Td ta="right">
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`Try ${channel.name}`}
                    onClick={() => void act.tryChannel(channel.name)}
                  >
                    Try
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </ListEditor>
  );
}

function placeOf({ via }: Channel): string {
  if (via.type === 'email') return via.to.join(', ');
  return via.type === 'job' ? via.run : via.url;
}
