// Who is alive, how busy, and what each can hold: limit by limit, with the reason where it cannot.

import { Badge, Button, Group, Stack, Table, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { messageOf } from '../api/problem';
import { useWorkers } from '../api/queries';
import type { Enforceable, Worker } from '../api/types';
import { useActions } from '../components/actions';
import { askDrain } from '../components/confirm';
import { For } from '../components/For';
import { Facts } from '../design/Facts';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { isolationWords } from '../lib/isolation';
import { bytes } from '../lib/quantity';

export function WorkersPage() {
  const workers = useWorkers();
  return (
    <Page
      title="Workers"
      about="Every machine that is alive now. One that is gone leaves this list when its lease ends."
    >
      {workers.isPending ? (
        <Loading what="workers" />
      ) : workers.isError && !workers.data ? (
        <Failure
          title="The workers cannot be read"
          message={messageOf(workers.error)}
          retry={() => void workers.refetch()}
        />
      ) : workers.data.workers.length === 0 ? (
        <Panel>
          <Empty title="No worker is alive">
            Start one: “sandglass standalone”, or “sandglass worker” in a fleet.
          </Empty>
        </Panel>
      ) : (
        workers.data.workers.map((worker) => <WorkerPanel key={worker.identity.id} worker={worker} />)
      )}
    </Page>
  );
}

function WorkerPanel({ worker }: { worker: Worker }) {
  const { identity, status, drain } = worker;
  const labels = Object.entries(status.labels ?? {});
  return (
    <Panel title={identity.id} aside={<Health worker={worker} />}>
      <Stack gap="lg">
        <Facts
          facts={[
            { name: 'Slots in use', value: `${status.busy} of ${status.slots}` },
            { name: 'Host', value: identity.host },
            { name: 'Version', value: identity.version },
            { name: 'Zone data', value: identity.zone_data },
            { name: 'Started', value: <Time at={identity.started_at} /> },
            { name: 'Last heard of', value: <Time at={status.at} /> },
            !!drain && { name: 'Drained', value: <DrainStory drain={drain} busy={status.busy} /> },
            !!status.clock_off && { name: 'Clock is off', value: clockOffWords(status.clock_off) },
            !!status.clock_event && { name: 'Clock', value: <ClockStory event={status.clock_event} /> },
            !!status.output && { name: 'Output', value: outputWords(status.output) },
            labels.length > 0 && {
              name: 'Labels',
              value: labels.map(([key, value]) => `${key}: ${value}`).join(', '),
            },
          ]}
        />
        <Holds kind="shell" title="Shell jobs" enforceable={status.shell} />
        <Holds kind="wasm" title="WASI jobs" enforceable={status.wasm} />
      </Stack>
    </Panel>
  );
}

const CLOCK_WORDS = {
  set_forward: 'set forward by',
  set_back: 'set back by',
  slept: 'the machine slept for',
} as const;

// What happened to the clock explains runs that came late or not at all.
function ClockStory({ event }: { event: NonNullable<Worker['status']['clock_event']> }) {
  return (
    <>
      {CLOCK_WORDS[event.change]} {event.by}, <Time at={event.at} />
    </>
  );
}

function DrainStory({ drain, busy }: { drain: NonNullable<Worker['drain']>; busy: number }) {
  const left = busy === 0 ? 'nothing runs' : busy === 1 ? '1 run left' : `${busy} runs left`;
  return (
    <>
      by {drain.by}, <Time at={drain.since} />
      {drain.reason ? `: ${drain.reason}` : ''} ({left})
    </>
  );
}

// As the server says it: by how much, ahead of or behind whom.
function outputWords({ waiting_bytes, held_runs, truncated_bytes }: NonNullable<Worker['status']['output']>) {
  const held = held_runs > 0 && `${held_runs} ${held_runs === 1 ? 'run' : 'runs'} held back`;
  const dropped = truncated_bytes > 0 && `${bytes(truncated_bytes)} dropped`;
  return [`${bytes(waiting_bytes)} wait for MongoDB`, held, dropped].filter(Boolean).join(', ');
}

function clockOffWords({ ahead_ms, against }: NonNullable<Worker['status']['clock_off']>) {
  const seconds = (Math.abs(ahead_ms) / 1000).toFixed(1);
  return `${seconds} s ${ahead_ms > 0 ? 'ahead of' : 'behind'} ${against.join(', ')}`;
}

function Health({ worker: { identity, status, drain } }: { worker: Worker }) {
  const act = useActions();
  const { id } = identity;
  return (
    <Group gap="xs">
      {(status.draining || !!drain) && <Badge variant="default">draining</Badge>}
      {!status.clock_ok && <Badge color="red">clock is off: claims nothing</Badge>}
      {status.clock_ok && !status.draining && !drain && (
        <Text size="sm" fw={500} c="var(--sg-good)">
          Takes runs
        </Text>
      )}
      <For least="operator">
        {drain ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Undrain ${id}`}
            onClick={() => void act.undrain(id)}
          >
            Undrain
          </Button>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Drain ${id}`}
            onClick={() => askDrain(id, (why) => void act.drain(id, why))}
          >
            Drain
          </Button>
        )}
      </For>
    </Group>
  );
}

function Holds({ kind, title, enforceable }: { kind: string; title: string; enforceable: Enforceable }) {
  return (
    <section aria-label={title}>
      <Text fw={600}>{title}</Text>
      {enforceable.notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
      <Table mt="xs" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={140}>Limit</Table.Th>
            <Table.Th w={120}>Held here</Table.Th>
            <Table.Th>By what, or why not</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {enforceable.limits.map(({ limit, held, by }) => (
            <Table.Tr key={`${kind}-${limit}`}>
              <Table.Td>{limit}</Table.Td>
              <Table.Td>
                <Held held={held} />
              </Table.Td>
              <Table.Td>{by}</Table.Td>
            </Table.Tr>
          ))}
          {enforceable.isolation && (
            <Table.Tr>
              <Table.Td>isolation</Table.Td>
              <Table.Td>
                <Held held={enforceable.isolation === 'isolated'} />
              </Table.Td>
              <Table.Td>jobs that name no user are {isolationWords(enforceable.isolation)}</Table.Td>
            </Table.Tr>
          )}
          {enforceable.kill && (
            <Table.Tr>
              <Table.Td>end of every process</Table.Td>
              <Table.Td />
              <Table.Td>{enforceable.kill}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Held({ held }: { held: boolean }) {
  const Icon = held ? IconCheck : IconX;
  return (
    <Group gap={4} c={held ? 'var(--sg-good)' : 'var(--sg-bad)'} wrap="nowrap">
      <Icon size={15} aria-hidden />
      {held ? 'yes' : 'no: refused'}
    </Group>
  );
}
