// All jobs: what they are, when they run next, how their last runs went, and what one can do about it, one by one or many at
// once. The view stands in the address, so that it can be sent to somebody.

import { Button, Group, Paper } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { messageOf } from '../api/problem';
import type { JobAction } from '../api/types';
import { For } from '../components/For';
import { BulkBar } from '../components/jobs/BulkBar';
import { JobFilters } from '../components/jobs/JobFilters';
import { JobTable } from '../components/jobs/JobTable';
import { useBulk } from '../components/jobs/useBulk';
import { useChosen } from '../components/jobs/useChosen';
import { type Jobs, type Merge, useJobList } from '../components/jobs/useJobList';
import { LiveMark } from '../components/LiveMark';
import { useFleetState } from '../components/useFleet';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { number, t } from '../i18n';
import {
  grouped,
  isFiltered,
  labelsOf,
  matching,
  paramsOf,
  type Sort,
  sorted,
  type View,
  viewOf,
} from '../lib/joblist';

export function JobsPage() {
  const { view, set } = useView();
  const { jobs, complete, error, reload, merge } = useJobList(view.sort === 'last');
  const live = useFleetState();
  // What is typed shows at once; the list of thousands follows.
  const slow = useDeferredValue(view);
  const found = useMemo(() => sorted(matching(jobs.values(), slow), slow), [jobs, slow]);
  const known = useMemo(() => labelsOf(jobs.values()), [jobs]);
  const all = complete
    ? t('jobs.jobsCount', { count: jobs.size })
    : t('jobs.jobsMoreAreBeingRead', { count: jobs.size });
  return (
    <Page
      title={t('common.jobs')}
      about={
        <Group gap="xs">
          {jobs.size > 0 && (
            <span>{isFiltered(slow) ? t('jobs.foundOfAll', { found: number(found.length), all }) : all}</span>
          )}
          <LiveMark state={live} />
        </Group>
      }
      actions={
        <For least="editor">
          <Button component={Link} href="/jobs/new" leftSection={<IconPlus size={16} aria-hidden />}>
            {t('common.newJob')}
          </Button>
        </For>
      }
    >
      {error !== undefined && !complete ? (
        <Failure title={t('jobs.theJobsCannotBeRead')} message={messageOf(error)} retry={reload} />
      ) : complete && jobs.size === 0 ? (
        <Panel>
          <NoneYet />
        </Panel>
      ) : (
        <Found
          jobs={jobs}
          complete={complete}
          view={view}
          set={set}
          found={found}
          known={known}
          merge={merge}
        />
      )}
    </Page>
  );
}

/** The view of the address, and the way to change it. */
function useView() {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => viewOf(params), [params]);
  const set = useCallback(
    (change: Partial<View>) =>
      setParams((now) => paramsOf({ ...viewOf(new URLSearchParams(now)), ...change }), { replace: true }),
    [setParams],
  );
  return { view, set };
}

type FoundProps = {
  jobs: Jobs;
  complete: boolean;
  view: View;
  set: (change: Partial<View>) => void;
  found: ReturnType<typeof matching>;
  known: ReturnType<typeof labelsOf>;
  merge: Merge;
};

function Found({ jobs, complete, view, set, found, known, merge }: FoundProps) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => grouped(found, view.group, folded), [found, view.group, folded]);
  const names = useMemo(() => found.map(({ name }) => name), [found]);
  const { chosen, choose, clear } = useChosen(names);
  const { bulk, toggle } = useBulk(clear);
  const onFold = (value: string) =>
    setFolded((now) => new Set(now.has(value) ? [...now].filter((one) => one !== value) : [...now, value]));
  const onSort = (sort: Sort) => set({ sort, down: view.sort === sort && !view.down });
  const onAct = (action: JobAction) => {
    const running = [...chosen].reduce((sum, name) => sum + (jobs.get(name)?.running ?? 0), 0);
    // One that was deleted meanwhile has nothing to be done with.
    const there = [...chosen].filter((name) => jobs.has(name)).sort();
    void bulk(action, there, running);
  };
  const shown = names.reduce((sum, name) => sum + Number(chosen.has(name)), 0);
  return (
    <>
      {/* No box that scrolls by itself: the head of the table sticks to the page's. */}
      <Paper component="section" withBorder bg="var(--sg-surface)" aria-label={t('jobs.allJobs')}>
        <JobFilters view={view} set={set} known={known} />
        {found.length === 0 && !complete ? (
          <Loading what={t('jobs.jobsWord')} />
        ) : found.length === 0 ? (
          <Empty title={t('jobs.noJobMatches')}>
            <p>{view.q ? t('jobs.nothingHasInItsName', { q: view.q }) : t('jobs.noJobIsSoAs')}</p>
          </Empty>
        ) : (
          <JobTable
            rows={rows}
            view={view}
            onSort={onSort}
            chosen={chosen}
            choose={choose}
            names={names}
            folded={folded}
            onFold={onFold}
            onToggle={toggle}
            merge={merge}
          />
        )}
      </Paper>
      <BulkBar count={chosen.size} hidden={chosen.size - shown} onAct={onAct} onClear={clear} />
    </>
  );
}

function NoneYet() {
  return (
    <Empty title={t('jobs.noJobsYet')}>
      <p>{t('jobs.aJobIsAShell')}</p>
      <For least="editor">
        <Button component={Link} href="/jobs/new" size="sm">
          {t('common.makeTheFirstJob')}
        </Button>
      </For>
    </Empty>
  );
}
