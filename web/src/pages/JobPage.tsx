// One job: what it is, when it runs next, what it did, and what became of each of its due moments.

import { Alert, Anchor, Badge, Button, Code, Group, List, Stack, Tabs, Text } from '@mantine/core';
import {
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { messageOf } from '../api/problem';
import { useJob, useRuns, useWorkers } from '../api/queries';
import type { Job, JobView, ScheduleView } from '../api/types';
import { useActions } from '../components/actions';
import { askPause, confirm, confirmDeleteJob } from '../components/confirm';
import { For } from '../components/For';
import { Instants } from '../components/Instants';
import { KindMark } from '../components/KindMark';
import { Meaning } from '../components/Meaning';
import { RunTable } from '../components/RunTable';
import { TickTable } from '../components/TickTable';
import { Facts } from '../design/Facts';
import { More } from '../design/More';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { isolationWords } from '../lib/isolation';

export function JobPage({ name }: { name: string }) {
  const job = useJob(name);
  const [tab, setTab] = useState<string | null>('overview');
  if (job.isPending) return <Loading what={name} />;
  if (!job.data) {
    return (
      <Page title={name}>
        <Failure
          title="The job cannot be read"
          message={messageOf(job.error)}
          retry={() => void job.refetch()}
        />
      </Page>
    );
  }
  const view = job.data;
  return (
    <Page
      title={name}
      heading={
        <Group gap="sm">
          {name}
          <KindMark kind={kindOf(view.job)} />
          {view.job.enabled === false && <Badge variant="default">disabled</Badge>}
          {view.schedule.status === 'ended' && <Badge variant="default">ended</Badge>}
        </Group>
      }
      about={view.job.description}
      actions={<JobActions view={view} />}
    >
      {view.state.paused && <PausedNote view={view} />}
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="ticks">Ticks</Tabs.Tab>
          <Tabs.Tab value="text">Definition</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Stack gap="md">
            <Overview view={view} />
            <Runs name={name} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="ticks">
          <Panel flush title="What became of each due moment of the last week">
            <TickTable name={name} zone={view.schedule.zone} />
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="text">
          <Panel title="As it is saved, with every default filled in">
            <Code block>{JSON.stringify(view.job, null, 2)}</Code>
          </Panel>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function JobActions({ view }: { view: JobView }) {
  const act = useActions();
  const [, navigate] = useLocation();
  const { name } = view.job;
  const { active, waiting, paused } = view.state;
  const under = active.length + waiting.length;
  const run = async () => {
    const id = await act.run(name);
    if (id) navigate(`/runs/${id}`);
  };
  const remove = () =>
    confirmDeleteJob(name, under, (kill) => {
      void act.deleteJob(name, view.saved.etag, kill).then((gone) => gone && navigate('/jobs'));
    });
  const kill = () =>
    confirm({
      title: `Kill the runs of ${name}?`,
      text: `${active.length} running, ${waiting.length} waiting to start. They end as killed.`,
      yes: 'Kill',
      onYes: () => void act.killJob(name),
    });
  return (
    <>
      <For least="operator">
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => void run()}>
          Run now
        </Button>
        <Button
          variant="default"
          disabled={under === 0}
          leftSection={<IconPlayerStop size={16} aria-hidden />}
          onClick={kill}
        >
          Kill
        </Button>
        {paused ? (
          <Button
            variant="default"
            leftSection={<IconPlayerTrackNext size={16} aria-hidden />}
            onClick={() => void act.resume(name)}
          >
            Resume
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<IconPlayerPause size={16} aria-hidden />}
            onClick={() => askPause(name, (why) => void act.pause(name, why))}
          >
            Pause
          </Button>
        )}
      </For>
      <For least="editor">
        <Button
          component={Link}
          href={`/jobs/${name}/edit`}
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden />}
        >
          Edit
        </Button>
        <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={remove}>
          Delete
        </Button>
      </For>
    </>
  );
}

function PausedNote({ view: { state } }: { view: JobView }) {
  const { paused } = state;
  if (!paused) return null;
  return (
    <Alert color="yellow" variant="outline" title={`Paused by ${paused.by}`}>
      {paused.why && <Text>{paused.why}</Text>}
      <Text size="sm" c="dimmed">
        since <Time at={paused.since} />
        {paused.until && (
          <>
            , until <Time at={paused.until} as="wall" />
          </>
        )}
      </Text>
    </Alert>
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

function Overview({ view }: { view: JobView }) {
  const { job, schedule, saved, state } = view;
  const labels = Object.entries(job.labels ?? {});
  const runsAs = useRunsAs(job);
  return (
    <Panel>
      <Group align="flex-start" gap="xl" wrap="wrap">
        <div style={{ flex: '2 1 420px' }}>
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
              { name: 'Runs on', value: job.placement?.mode === 'all' && <EachWorker view={view} /> },
              { name: 'Overlap', value: job.overlap },
              { name: 'Runs as', value: runsAs },
              { name: 'Timeout', value: job.limits?.timeout },
              { name: 'Memory', value: job.limits?.memory },
              { name: 'Processors', value: job.limits?.cpu },
              { name: 'Processes', value: job.limits?.pids },
              { name: 'Fuel', value: job.limits?.fuel },
              { name: 'Retries', value: job.retries?.max ? `up to ${job.retries.max}` : undefined },
              { name: 'Labels', value: labels.map(([key, value]) => `${key}: ${value}`).join(', ') },
              {
                name: 'Saved',
                value: (
                  <>
                    <Time at={saved.saved_at} /> by {saved.author}
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

function Runs({ name }: { name: string }) {
  const runs = useRuns({ job: name }, 20);
  const found = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  return (
    <Panel
      flush
      title="Runs"
      aside={
        <Anchor component={Link} href={`/runs?job=${name}`} size="sm">
          With filters
        </Anchor>
      }
    >
      {runs.isPending ? (
        <Loading what="runs" />
      ) : found.length === 0 ? (
        <Empty title="It has not run yet">
          Press “Run now” to see it run without waiting for its schedule.
        </Empty>
      ) : (
        <RunTable runs={found} withJob={false} />
      )}
      <More query={runs} what="runs" />
    </Panel>
  );
}

function kindOf(job: Job) {
  return 'shell' in job ? 'shell' : 'wasm';
}
