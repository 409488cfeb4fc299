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
import { t } from '../i18n';
import { instant, relative } from '../lib/time';
import { clockOffWords, clockWords, HEARTBEAT_LATE_MS, outputWords } from '../lib/workerwords';

export function WorkersPage() {
  const workers = useWorkers();
  const live = useFleetEvents(({ kind }) => kind.startsWith('worker_') || kind.startsWith('run_'));
  const all = workers.data?.workers ?? [];
  return (
    <Page
      title={t('common.workers')}
      about={
        <Group gap="xs">
          {all.length > 0 && <span>{totals(all)}</span>}
          <LiveMark state={live} />
        </Group>
      }
    >
      {workers.isPending ? (
        <Loading what={t('workers.workers')} />
      ) : workers.isError && !workers.data ? (
        <Failure
          title={t('workers.theWorkersCannotBeRead')}
          message={messageOf(workers.error)}
          retry={() => void workers.refetch()}
        />
      ) : all.length === 0 ? (
        <Panel>
          <Empty title={t('workers.noWorkerIsAlive')}>{t('workers.startOneSandglassStandaloneOr')}</Empty>
        </Panel>
      ) : (
        all.map((worker) => <WorkerPanel key={worker.identity.id} worker={worker} />)
      )}
    </Page>
  );
}

function totals(workers: Worker[]): string {
  const sum = (of: (worker: Worker) => number) => workers.reduce((total, worker) => total + of(worker), 0);
  return t('workers.workersAreAliveOfSlots', {
    count: workers.length,
    busy: sum(({ status }) => status.busy),
    slots: sum(({ status }) => status.slots),
  });
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
            { name: t('workers.slotsInUse'), value: <Slots busy={status.busy} slots={status.slots} /> },
            { name: t('common.runsNow'), value: <RunsHere worker={identity.id} busy={status.busy} /> },
            { name: t('workers.lastHeardOf'), value: <Heartbeat at={status.at} /> },
            { name: t('workers.clock'), value: <Clock status={status} /> },
            !!status.clock_event && {
              name: t('workers.clockWas'),
              value: <ClockStory event={status.clock_event} />,
            },
            { name: t('workers.diskFree'), value: diskWords(status.disk_free_percent) },
            !!status.output && { name: t('common.output'), value: outputWords(status.output) },
            { name: t('common.labels'), value: labels.length > 0 && <Labels labels={labels} /> },
            { name: t('workers.host'), value: identity.host },
            { name: t('workers.version'), value: identity.version },
            { name: t('workers.zoneData'), value: identity.zone_data },
            { name: t('common.started'), value: <Time at={identity.started_at} /> },
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
      {t('workers.busyOfSlots', { busy, slots })}
      <Progress
        mt={4}
        size="sm"
        maw={160}
        value={slots > 0 ? (busy / slots) * 100 : 0}
        color={busy >= slots ? 'yellow.7' : undefined}
        aria-label={t('workers.ofSlotsInUse', { busy, slots })}
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
      {late && t('workers.aWordIsDueEvery')}
    </Text>
  );
}

function Clock({ status }: { status: Worker['status'] }) {
  if (status.clock_off) {
    return <Text c="var(--sg-bad)">{clockOffWords(status.clock_off)}</Text>;
  }
  if (!status.clock_ok) return <Text c="var(--sg-bad)">{t('workers.off')}</Text>;
  return <>{status.facts_clock ? clockWords(status.facts_clock) : t('workers.well')}</>;
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
  get set_forward() {
    return t('workers.setForwardBy');
  },
  get set_back() {
    return t('workers.setBackBy');
  },
  get slept() {
    return t('workers.theMachineSleptFor');
  },
};

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
      {(status.draining || !!drain) && <Badge variant="default">{t('workers.draining')}</Badge>}
      {!status.clock_ok && <Badge color="red">{t('workers.clockIsOffClaimsNothing')}</Badge>}
      {status.clock_ok && !status.draining && !drain && (
        <Text size="sm" fw={500} c="var(--sg-good)">
          {t('workers.takesRuns')}
        </Text>
      )}
      <For least="operator">
        {drain ? (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('workers.undrain', { id })}
            onClick={() => void act.undrain(id)}
          >
            {t('workers.undrainTitle')}
          </Button>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={t('workers.drain', { id })}
            onClick={() => askDrain(id, (why) => void act.drain(id, why))}
          >
            {t('common.drain')}
          </Button>
        )}
      </For>
    </Group>
  );
}
