// One job: what it is, when it runs next, what it did, what became of each of its due moments, and the texts that it had.
//
// The tab stands in the address. A job that was deleted still has its revisions, and the way back to one of them.

import { Alert, Badge, Group, Tabs, Text } from '@mantine/core';
import { useSearchParams } from 'wouter';
import { messageOf, ProblemError } from '../api/problem';
import { useJob } from '../api/queries';
import type { Job, JobView } from '../api/types';
import { Definition } from '../components/job/Definition';
import { JobActions } from '../components/job/JobActions';
import { JobRuns } from '../components/job/JobRuns';
import { Overview } from '../components/job/Overview';
import { Revisions } from '../components/job/Revisions';
import { KindMark } from '../components/KindMark';
import { TickTable } from '../components/TickTable';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { t, tx } from '../i18n';
import { langOf } from '../lib/language';

const TABS = {
  get overview() {
    return t('job.overview');
  },
  get runs() {
    return t('common.runs');
  },
  get ticks() {
    return t('common.ticks');
  },
  get revisions() {
    return t('job.revisionsTitle');
  },
  get definition() {
    return t('job.definition');
  },
};

export function JobPage({ name }: { name: string }) {
  const job = useJob(name);
  if (job.isPending) return <Loading what={name} />;
  // An answer that is kept is older than the news that the job is gone.
  const isGone = job.error instanceof ProblemError && job.error.status === 404;
  if (isGone) return <Gone name={name} message={messageOf(job.error)} />;
  if (!job.data) {
    return (
      <Page title={name}>
        <Failure
          title={t('common.theJobCannotBeRead')}
          message={messageOf(job.error)}
          retry={() => void job.refetch()}
        />
      </Page>
    );
  }
  return <Loaded name={name} view={job.data} />;
}

function Loaded({ name, view }: { name: string; view: JobView }) {
  const [params, setParams] = useSearchParams();
  const asked = params.get('tab') ?? '';
  const tab = asked in TABS ? asked : 'overview';
  return (
    <Page
      title={name}
      heading={
        <Group gap="sm">
          {name}
          <KindMark kind={kindOf(view.job)} />
          {view.job.enabled === false && <Badge variant="default">{t('common.disabled')}</Badge>}
          {view.schedule.status === 'ended' && <Badge variant="default">{t('common.ended')}</Badge>}
        </Group>
      }
      about={view.job.description && <span lang={langOf(view.job.description)}>{view.job.description}</span>}
      actions={<JobActions view={view} />}
    >
      {view.state.paused && <PausedNote view={view} />}
      <Tabs
        value={tab}
        onChange={(next) => setParams(next && next !== 'overview' ? { tab: next } : {}, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {Object.entries(TABS).map(([value, label]) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <Overview view={view} />
        </Tabs.Panel>
        <Tabs.Panel value="runs">
          <JobRuns name={name} />
        </Tabs.Panel>
        <Tabs.Panel value="ticks">
          <Panel flush title={t('job.whatBecameOfEachDue')}>
            <TickTable name={name} zone={view.schedule.zone} />
          </Panel>
        </Tabs.Panel>
        <Tabs.Panel value="revisions">
          <Revisions name={name} view={view} />
        </Tabs.Panel>
        <Tabs.Panel value="definition">
          <Definition job={view.job} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Gone({ name, message }: { name: string; message: string }) {
  return (
    <Page title={name} about={t('job.noJobHasThisName')}>
      <Alert variant="outline" color="yellow" title={t('job.itIsNotThere')}>
        <span lang={langOf(message)}>{message}</span>
      </Alert>
      <Revisions name={name} />
    </Page>
  );
}

function PausedNote({ view: { state } }: { view: JobView }) {
  const { paused } = state;
  if (!paused) return null;
  return (
    <Alert color="yellow" variant="outline" title={t('job.pausedBy', { by: paused.by })}>
      {paused.why && <Text>{paused.why}</Text>}
      <Text size="sm" c="dimmed">
        {tx('job.since', { since: <Time at={paused.since} /> })}
        {paused.until && tx('job.until', { until: <Time at={paused.until} as="wall" /> })}
      </Text>
    </Alert>
  );
}

function kindOf(job: Job) {
  return 'shell' in job ? 'shell' : 'wasm';
}
