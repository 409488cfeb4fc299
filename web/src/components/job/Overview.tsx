// What a job is and how it does: its schedule and next runs, how long its runs take, its limits against what they use.

import { Anchor, Code, Group, List, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useRuns, useWorkers } from '../../api/queries';
import type { Job, JobView, ScheduleView } from '../../api/types';
import { Facts } from '../../design/Facts';
import { Panel } from '../../design/Panel';
import { Empty, Loading } from '../../design/States';
import { Time } from '../../design/Time';
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
        <Loading what="runs" />
      ) : (
        <>
          <Panel title="How long its runs took" aside={<RunStrip runs={found} />}>
            <DurationChart runs={found} timeoutMs={spanMs(job.limits?.timeout)} />
          </Panel>
          <Panel title="Limits against real use" aside={<Seen count={found.length} />}>
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
      {count === 1 ? 'of its one run' : `of its last ${count} runs`}
    </Text>
  );
}

function LastRuns({ view: { job }, runs }: { view: JobView; runs: Parameters<typeof RunTable>[0]['runs'] }) {
  return (
    <Panel
      flush
      title="Last runs"
      aside={
        <Anchor component={Link} href={`/jobs/${job.name}?tab=runs`} size="sm">
          All runs
        </Anchor>
      }
    >
      {runs.length === 0 ? (
        <Empty title="It has not run yet">
          Press “Run now” to see it run without waiting for its schedule.
        </Empty>
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
  const words = [...new Set(known)].map(isolationWords).join('; or, by worker, ');
  return words && `a user of the worker's choice: ${words}`;
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
              { name: 'Schedule', value: <Meaning schedule={schedule} /> },
              { name: 'Written as', value: <Code>{job.schedule}</Code> },
              { name: 'Zone', value: schedule.zone },
              { name: 'Counts from', value: schedule.anchor && <Time at={schedule.anchor} as="wall" /> },
              { name: 'Running now', value: <Active view={view} /> },
              {
                name: 'Waiting to start',
                value: state.waiting.length > 0 ? state.waiting.length : undefined,
              },
              {
                name: 'Runs on',
                value: job.placement?.mode === 'all' ? <EachWorker view={view} /> : undefined,
              },
              { name: 'Overlap', value: job.overlap },
              { name: 'Runs as', value: runsAs },
              { name: 'Processors', value: job.limits?.cpu },
              { name: 'Retries', value: job.retries?.max ? `up to ${job.retries.max}` : undefined },
              { name: 'Labels', value: labels.map(([key, value]) => `${key}: ${value}`).join(', ') },
              {
                name: 'Saved',
                value: (
                  <>
                    <Time at={saved.saved_at} /> by {saved.author}
                    {saved.reason && `: \u201c${saved.reason}\u201d`}
                  </>
                ),
              },
            ]}
          />
        </div>
        <div style={{ flex: '1 1 220px' }}>
          <Text size="xs" c="dimmed" mb={4}>
            Next runs
          </Text>
          <NextRuns schedule={schedule} />
        </div>
      </Group>
    </Panel>
  );
}

function Active({ view: { state } }: { view: JobView }) {
  if (state.active.length === 0) return <Text c="dimmed">nothing</Text>;
  return (
    <List listStyleType="none" size="sm">
      {state.active.map((run) => (
        <List.Item key={run.run}>
          <Anchor component={Link} href={`/runs/${run.run}`} size="sm">
            since <Time at={run.since} />
          </Anchor>{' '}
          on {run.worker}
          {run.stopping && ', stopping'}
        </List.Item>
      ))}
    </List>
  );
}

const STANDING = {
  ready: 'ready',
  behind: 'about to follow the last change',
  draining: 'draining: takes nothing new',
  away: 'away: what falls due waits for it, for a day',
  ended: 'not placed on it any more',
};

/** Tells of each worker of a job with placement `all` how it stands. */
function EachWorker({ view: { state } }: { view: JobView }) {
  const workers = state.workers ?? [];
  if (workers.length === 0) return <Text c="dimmed">every worker that matches: none yet</Text>;
  return (
    <List listStyleType="none" size="sm" aria-label="Workers of this job">
      {workers.map(({ worker, standing, running, waiting }) => (
        <List.Item key={worker}>
          {worker}: {STANDING[standing]}
          {running > 0 && `, ${running} running`}
          {waiting > 0 && `, ${waiting} waiting`}
        </List.Item>
      ))}
    </List>
  );
}

const NO_RUNS = {
  active: 'None.',
  paused: 'None while it is paused.',
  disabled: 'None: it is disabled.',
  ended: 'None: all its times have gone by.',
};

function NextRuns({ schedule: { next, zone, status } }: { schedule: ScheduleView }) {
  if (next.length === 0) return <Text c="dimmed">{NO_RUNS[status ?? 'active']}</Text>;
  return <Instants next={next} zone={zone} />;
}
