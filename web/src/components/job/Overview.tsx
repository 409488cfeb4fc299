// What a job is and how it does: its schedule and next runs, how long its runs take, its limits against what they use.

import { Anchor, Code, Group, List, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useRuns, useWorkers } from '../../api/queries';
import type { Job, JobView, ScheduleView } from '../../api/types';
import { Facts } from '../../design/Facts';
import { Panel } from '../../design/Panel';
import { Empty, Loading } from '../../design/States';
import { Time } from '../../design/Time';
import { t, tx } from '../../i18n';
import { isolationWords } from '../../lib/isolation';
import { spanMs } from '../../lib/quantity';
import { Instants } from '../Instants';
import { Meaning } from '../Meaning';
import { RunStrip } from '../RunStrip';
import { RunTable } from '../RunTable';
import { useFleetEvents } from '../useFleetEvents';
import { DurationChart } from './DurationChart';
import { LimitsPanel } from './LimitsPanel';

/** Runs that the chart and the limits look at. */
const RUNS_LOOKED_AT = 200;
/** Runs in the table below them; all of them have a tab. */
const RUNS_LISTED = 10;

export function Overview({ view }: { view: JobView }) {
  const { job } = view;
  const runs = useRuns({ job: job.name }, RUNS_LOOKED_AT, true);
  useFleetEvents((event) => event.job === job.name);
  const found = runs.data?.pages[0]?.runs ?? [];
  return (
    <Stack gap="md">
      <What view={view} />
      {runs.isPending ? (
        <Loading what={t('common.runsWord')} />
      ) : (
        <>
          <Panel title={t('job.howLongItsRunsTook')} aside={<RunStrip runs={found} />}>
            <DurationChart runs={found} timeoutMs={spanMs(job.limits?.timeout)} />
          </Panel>
          <Panel title={t('job.limitsAgainstRealUse')} aside={<Seen count={found.length} />}>
            <LimitsPanel job={job} runs={found} />
          </Panel>
          <LastRuns view={view} runs={found.slice(0, RUNS_LISTED)} />
        </>
      )}
    </Stack>
  );
}

function Seen({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Text size="xs" c="dimmed">
      {count === 1 ? t('job.ofItsOneRun') : t('job.ofItsLastRuns', { count })}
    </Text>
  );
}

function LastRuns({ view: { job }, runs }: { view: JobView; runs: Parameters<typeof RunTable>[0]['runs'] }) {
  return (
    <Panel
      flush
      title={t('common.lastRuns')}
      aside={
        <Anchor component={Link} href={`/jobs/${job.name}?tab=runs`} size="sm">
          {t('job.allRuns')}
        </Anchor>
      }
    >
      {runs.length === 0 ? (
        <Empty title={t('job.itHasNotRunYet')}>{t('job.pressRunNowToSee')}</Empty>
      ) : (
        <RunTable runs={runs} withJob={false} />
      )}
    </Panel>
  );
}

/** Returns who a script runs as, and how far that keeps it apart on the workers that live now. */
function useRunsAs(job: Job) {
  const workers = useWorkers();
  if (!('shell' in job)) return undefined;
  if (job.shell.user) return `${job.shell.user}: ${isolationWords('contained')}`;
  const known = workers.data?.workers.flatMap(({ status }) => status.shell.isolation ?? []) ?? [];
  const words = [...new Set(known)].map(isolationWords).join(t('job.orByWorker'));
  return words && t('job.aUserOfTheWorkers', { words });
}

function What({ view }: { view: JobView }) {
  const { job, schedule, saved, state } = view;
  const labels = Object.entries(job.labels ?? {});
  const runsAs = useRunsAs(job);
  return (
    <Panel>
      <Group align="flex-start" gap="xl" wrap="wrap">
        <div style={{ flex: '2 1 420px', minWidth: 0 }}>
          <Facts
            facts={[
              { name: t('common.schedule'), value: <Meaning schedule={schedule} /> },
              { name: t('job.writtenAs'), value: <Code>{job.schedule}</Code> },
              { name: t('job.zone'), value: schedule.zone },
              {
                name: t('common.countsFrom'),
                value: schedule.anchor && <Time at={schedule.anchor} as="wall" />,
              },
              { name: t('common.runningNow'), value: <Active view={view} /> },
              {
                name: t('job.waitingToStart'),
                value: state.waiting.length > 0 ? state.waiting.length : undefined,
              },
              {
                name: t('common.runsOn'),
                value: job.placement?.mode === 'all' ? <EachWorker view={view} /> : undefined,
              },
              { name: t('job.overlap'), value: overlapWords(job.overlap) },
              { name: t('job.runsAs'), value: runsAs },
              { name: t('common.processors'), value: job.limits?.cpu },
              {
                name: t('common.retries'),
                value: job.retries?.max ? t('job.upTo', { count: job.retries.max }) : undefined,
              },
              {
                name: t('common.labels'),
                value: labels.map(([key, value]) => `${key}: ${value}`).join(', '),
              },
              {
                name: t('job.saved'),
                value: (
                  <>
                    {tx('common.timeBy', { time: <Time at={saved.saved_at} />, author: saved.author })}
                    {saved.reason && `: \u201c${saved.reason}\u201d`}
                  </>
                ),
              },
            ]}
          />
        </div>
        <div style={{ flex: '1 1 220px' }}>
          <Text size="xs" c="dimmed" mb={4}>
            {t('job.nextRuns')}
          </Text>
          <NextRuns schedule={schedule} />
        </div>
      </Group>
    </Panel>
  );
}

function Active({ view: { state } }: { view: JobView }) {
  if (state.active.length === 0) return <Text c="dimmed">{t('common.nothing')}</Text>;
  return (
    <List listStyleType="none" size="sm">
      {state.active.map((run) => (
        <List.Item key={run.run}>
          <Anchor component={Link} href={`/runs/${run.run}`} size="sm">
            {tx('job.since', { since: <Time at={run.since} /> })}
          </Anchor>{' '}
          {t('common.on', { worker: run.worker })}
          {run.stopping && t('job.stopping')}
        </List.Item>
      ))}
    </List>
  );
}

const STANDING = {
  get ready() {
    return t('job.ready');
  },
  get behind() {
    return t('job.aboutToFollowTheLast');
  },
  get draining() {
    return t('job.drainingTakesNothingNew');
  },
  get away() {
    return t('job.awayWhatFallsDueWaits');
  },
  get ended() {
    return t('job.notPlacedOnItAny');
  },
};

/** Tells of each worker of a job with placement `all` how it stands. */
function EachWorker({ view: { state } }: { view: JobView }) {
  const workers = state.workers ?? [];
  if (workers.length === 0) return <Text c="dimmed">{t('job.everyWorkerThatMatchesNone')}</Text>;
  return (
    <List listStyleType="none" size="sm" aria-label={t('job.workersOfThisJob')}>
      {workers.map(({ worker, standing, running, waiting }) => (
        <List.Item key={worker}>
          {worker}: {STANDING[standing]}
          {running > 0 && t('job.running', { running })}
          {waiting > 0 && t('job.waiting', { waiting })}
        </List.Item>
      ))}
    </List>
  );
}

const NO_RUNS = {
  get active() {
    return t('job.none');
  },
  get paused() {
    return t('job.noneWhileItIsPaused');
  },
  get disabled() {
    return t('job.noneItIsDisabled');
  },
  get ended() {
    return t('job.noneAllItsTimesHave');
  },
};

function NextRuns({ schedule: { next, zone, status } }: { schedule: ScheduleView }) {
  if (next.length === 0) return <Text c="dimmed">{NO_RUNS[status ?? 'active']}</Text>;
  return <Instants next={next} zone={zone} />;
}

/** Returns what the form calls a policy. */
function overlapWords(overlap: Job['overlap']): string {
  if (overlap === 'allow') return t('form.runBoth');
  return overlap === 'replace' ? t('form.killTheOldOne') : t('form.skipTheNewOne');
}
