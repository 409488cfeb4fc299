// What somebody was told, newest first, and what came of telling it by each channel.

import { Anchor, Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import {
  IconBellOff,
  IconCircleCheck,
  IconCircleX,
  IconHourglass,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import { messageOf } from '../../api/problem';
import { type AlertFilter, useAlertHistory } from '../../api/queries';
import type { Delivery, DeliveryState, Notice } from '../../api/types';
import { More } from '../../design/More';
import { useNow } from '../../design/now';
import { Panel } from '../../design/Panel';
import { Empty, Failure, Loading } from '../../design/States';
import { Time } from '../../design/Time';
import { TypedFilter } from '../../design/TypedFilter';
import { instant } from '../../lib/time';
import type { Tone } from '../status';
import classes from '../status.module.css';
import { CONDITIONS, conditionWords } from './conditions';

const STATES: Record<DeliveryState, { label: string; tone: Tone; icon: typeof IconBellOff }> = {
  sent: { label: 'sent', tone: 'good', icon: IconCircleCheck },
  waiting: { label: 'waiting', tone: 'busy', icon: IconHourglass },
  failed: { label: 'failed', tone: 'bad', icon: IconCircleX },
  muted: { label: 'muted', tone: 'idle', icon: IconBellOff },
  gone: { label: 'channel gone', tone: 'warn', icon: IconPlugConnectedX },
};

const KEYS = ['job', 'condition', 'channel', 'state'] as const;

export function History() {
  const [params, setParams] = useSearchParams();
  const filter: AlertFilter = Object.fromEntries(KEYS.map((key) => [key, params.get(key) ?? undefined]));
  const set = (change: AlertFilter) => {
    const next = Object.entries({ ...filter, ...change }).filter((one): one is [string, string] => !!one[1]);
    setParams(Object.fromEntries(next), { replace: true });
  };
  const history = useAlertHistory(filter);
  const notices = history.data?.pages.flatMap((page) => page.items) ?? [];
  const narrowed = KEYS.some((key) => filter[key]);
  return (
    <Stack gap="sm">
      <Filters filter={filter} set={set} />
      {history.isPending ? (
        <Loading what="the alerts" />
      ) : history.isError && notices.length === 0 ? (
        <Failure
          title="The alerts cannot be read"
          message={messageOf(history.error)}
          retry={() => void history.refetch()}
        />
      ) : (
        <Panel flush>
          {notices.length === 0 ? (
            <Empty title={narrowed ? 'No alert matches' : 'Nobody was told of anything'}>
              {narrowed ? (
                <Button variant="default" onClick={() => setParams({}, { replace: true })}>
                  Clear the filters
                </Button>
              ) : (
                'Once a channel and a rule are there, what goes wrong is told and stands here.'
              )}
            </Empty>
          ) : (
            <Notices notices={notices} />
          )}
          <More query={history} what="alerts" />
        </Panel>
      )}
    </Stack>
  );
}

function Filters({ filter, set }: { filter: AlertFilter; set: (change: AlertFilter) => void }) {
  return (
    <Group component="search" gap="sm" align="flex-end" aria-label="Filter alerts">
      <TypedFilter
        label="Job"
        value={filter.job}
        placeholder="exact name"
        onSettled={(job) => set({ job })}
      />
      <Select
        label="What"
        size="xs"
        w={200}
        data={CONDITIONS}
        value={filter.condition ?? null}
        onChange={(condition) => set({ condition: condition ?? undefined })}
        placeholder="anything"
        clearable
        clearButtonProps={{ 'aria-label': 'Anything' }}
      />
      <TypedFilter
        label="Channel"
        value={filter.channel}
        placeholder="any"
        onSettled={(channel) => set({ channel })}
      />
      <Select
        label="Delivery"
        size="xs"
        w={140}
        data={Object.entries(STATES).map(([value, { label }]) => ({ value, label }))}
        value={filter.state ?? null}
        onChange={(state) => set({ state: state ?? undefined })}
        placeholder="any"
        clearable
        clearButtonProps={{ 'aria-label': 'Any delivery' }}
      />
    </Group>
  );
}

function Notices({ notices }: { notices: Notice[] }) {
  return (
    <Table miw={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={110}>When</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th w={190}>About</Table.Th>
          <Table.Th w={260}>Told</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {notices.map((notice) => (
          <Table.Tr key={notice.id} data-notice={notice.id} style={{ verticalAlign: 'top' }}>
            <Table.Td>
              <Time at={notice.made_at} />
            </Table.Td>
            <Table.Td>
              <Text fw={500}>{conditionWords(notice.condition)}</Text>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {notice.text}
              </Text>
            </Table.Td>
            <Table.Td>
              <About notice={notice} />
            </Table.Td>
            <Table.Td>
              <Stack gap={4}>
                {notice.deliveries.map((delivery) => (
                  <Told key={delivery.channel} delivery={delivery} />
                ))}
                {notice.deliveries.length === 0 && <Text c="dimmed">nobody</Text>}
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function About({ notice: { job, run, worker, condition } }: { notice: Notice }) {
  if (!job && !worker) return condition === 'test' ? 'a channel' : 'the store';
  return (
    <Stack gap={0}>
      {job && (
        <Anchor component={Link} href={`/jobs/${job}`} size="sm">
          {job}
        </Anchor>
      )}
      {run && (
        <Anchor component={Link} href={`/runs/${run}`} size="xs">
          its run
        </Anchor>
      )}
      {worker && (
        <Text size="xs" c="dimmed">
          on{' '}
          <Anchor component={Link} href="/workers" size="xs">
            {worker}
          </Anchor>
        </Text>
      )}
    </Stack>
  );
}

function Told({ delivery }: { delivery: Delivery }) {
  const { channel, state, tries = 0, at, not_before: next, error } = delivery;
  const now = useNow();
  const { label, tone, icon: Icon } = STATES[state];
  return (
    <div>
      <span className={classes.badge} data-tone={tone} data-delivery={state}>
        <Icon size={15} aria-hidden />
        {channel}: {label}
      </span>
      <Text size="xs" c="dimmed">
        {tries > 1 && `${tries} tries, `}
        {state === 'waiting' && next ? (
          (instant(next) ?? 0) > now ? (
            <>
              {tries > 0 ? 'again' : 'to be sent'} <Time at={next} />
            </>
          ) : (
            'about to be sent'
          )
        ) : (
          at && <Time at={at} />
        )}
      </Text>
      {error && (
        <Text size="xs" c={tone === 'bad' ? 'var(--sg-bad)' : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
          {error}
        </Text>
      )}
    </div>
  );
}
