// Who is alive, how busy, what runs there, how its clock stands, and what its host can hold.

import { Badge, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { messageOf } from '../api/problem';
import { useWorkers } from '../api/queries';
import type { Worker } from '../api/types';
import { useActions } from '../components/actions';
import { askDrain } from '../components/confirm';
import { For } from '../components/For';
import { LiveMark } from '../components/LiveMark';
import { useFleetEvents } from '../components/useFleetEvents';
import { DrainStory } from '../components/workers/Drain';
import { Holds } from '../components/workers/Holds';
import { RunsHere } from '../components/workers/RunsHere';
import { Facts } from '../design/Facts';
import { useNow } from '../design/now';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { instant, relative } from '../lib/time';
import { clockOffWords, clockWords, HEARTBEAT_LATE_MS, outputWords } from '../lib/workerwords';

export function WorkersPage() {
  const workers = useWorkers();
  const live = useFleetEvents(({ kind }) => kind.startsWith('worker_') || kind.startsWith('run_'));
  const all = workers.data?.workers ?? [];
  return (
    <Page
      title="Workers"
      about={
        <Group gap="xs">
          {all.length > 0 && <span>{totals(all)}</span>}
          <LiveMark state={live} />
        </Group>
      }
    >
      {workers.isPending ? (
        <Loading what="workers" />
      ) : workers.isError && !workers.data ? (
        <Failure
          title="The workers cannot be read"
          message={messageOf(workers.error)}
          retry={() => void workers.refetch()}
        />
      ) : all.length === 0 ? (
        <Panel>
          <Empty title="No worker is alive">
            Start one: “sandglass standalone”, or “sandglass worker” in a fleet.
          </Empty>
        </Panel>
      ) : (
        all.map((worker) => <WorkerPanel key={worker.identity.id} worker={worker} />)
      )}
    </Page>
  );
}

function totals(workers: Worker[]): string {
  const sum = (of: (worker: Worker) => number) => workers.reduce((total, worker) => total + of(worker), 0);
  const count = workers.length === 1 ? 'One worker is alive' : `${workers.length} workers are alive`;
  return `${count}, ${sum(({ status }) => status.busy)} of ${sum(({ status }) => status.slots)} slots in use.`;
}

function WorkerPanel({ worker }: { worker: Worker }) {
  const { identity, status, drain } = worker;
  const labels = Object.entries(status.labels ?? {});
  return (
    <Panel title={identity.id} aside={<Health worker={worker} />}>
      <Stack gap="md">
        {drain && <DrainStory drain={drain} busy={status.busy} />}
        <Facts
          facts={[
            { name: 'Slots in use', value: <Slots busy={status.busy} slots={status.slots} /> },
            { name: 'Runs now', value: <RunsHere worker={identity.id} busy={status.busy} /> },
            { name: 'Last heard of', value: <Heartbeat at={status.at} /> },
            { name: 'Clock', value: <Clock status={status} /> },
            !!status.clock_event && { name: 'Clock was', value: <ClockStory event={status.clock_event} /> },
            { name: 'Disk free', value: diskWords(status.disk_free_percent) },
            !!status.output && { name: 'Output', value: outputWords(status.output) },
            { name: 'Labels', value: labels.length > 0 && <Labels labels={labels} /> },
            { name: 'Host', value: identity.host },
            { name: 'Version', value: identity.version },
            { name: 'Zone data', value: identity.zone_data },
            { name: 'Started', value: <Time at={identity.started_at} /> },
          ].filter((fact) => fact && fact.value !== false)}
        />
        <Holds worker={worker} />
      </Stack>
    </Panel>
  );
}

function Slots({ busy, slots }: { busy: number; slots: number }) {
  return (
    <>
      {busy} of {slots}
      <Progress
        mt={4}
        size="sm"
        maw={160}
        value={slots > 0 ? (busy / slots) * 100 : 0}
        color={busy >= slots ? 'yellow.7' : undefined}
        aria-label={`${busy} of ${slots} slots in use`}
      />
    </>
  );
}

/** How old its last word is, counting while one looks. */
function Heartbeat({ at }: { at: string }) {
  const now = useNow();
  const ms = instant(at) ?? now;
  const late = now - ms > HEARTBEAT_LATE_MS;
  return (
    <Text span size="sm" c={late ? 'var(--sg-warn)' : undefined} data-heartbeat={late ? 'late' : 'well'}>
      {relative(ms, now)}
      {late && ', a word is due every 10 s'}
    </Text>
  );
}

function Clock({ status }: { status: Worker['status'] }) {
  if (status.clock_off) {
    return <Text c="var(--sg-bad)">{clockOffWords(status.clock_off)}</Text>;
  }
  if (!status.clock_ok) return <Text c="var(--sg-bad)">off</Text>;
  return <>{status.facts_clock ? clockWords(status.facts_clock) : 'well'}</>;
}

/** Under this it is told as an alert too. */
const DISK_LOW_PERCENT = 5;

function diskWords(percent: number | null | undefined) {
  if (percent === undefined || percent === null) return undefined;
  return percent < DISK_LOW_PERCENT ? <Text c="var(--sg-bad)">{percent} %</Text> : `${percent} %`;
}

function Labels({ labels }: { labels: [string, string][] }) {
  return (
    <Group gap={4}>
      {labels.map(([key, value]) => (
        <Badge key={key} variant="default" tt="none" fw={500}>
          {key}: {value}
        </Badge>
      ))}
    </Group>
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
