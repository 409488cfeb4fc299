// Runs of all jobs, newest first and live, by filters that stand in the address: a filtered list can be sent to somebody.

import { Button, Group } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { messageOf } from '../api/problem';
import { useMay, useRunList } from '../api/queries';
import type { RunRecord } from '../api/types';
import { LiveMark } from '../components/LiveMark';
import { type Choice, RunTable } from '../components/RunTable';
import { AllMenu, ChosenRuns } from '../components/runs/Bulk';
import { Export } from '../components/runs/Export';
import { Filters } from '../components/runs/Filters';
import { RUN_STATUSES } from '../components/status';
import { useFleetEvents } from '../components/useFleetEvents';
import { More } from '../design/More';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { t } from '../i18n';
import { narrows, paramsOf, questions, type RunView, viewOf } from '../lib/runfilter';

export function RunsPage() {
  const may = useMay();
  const [params, setParams] = useSearchParams();
  const asked = params.toString();
  const view = useMemo(() => viewOf(new URLSearchParams(asked)), [asked]);
  // "The last hour" is counted from when it was asked for: the list grows at its top and does not lose its end.
  const filters = useMemo(() => questions(view, RUN_STATUSES, Date.now()), [view]);
  const set = (change: RunView) => setParams(paramsOf({ ...view, ...change }), { replace: true });
  const runs = useRunList(filters);
  const live = useFleetEvents(({ kind }) => kind === 'run_started' || kind === 'run_ended');
  const found = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  const [choice, chosen, clear] = useChoice(found);
  return (
    <Page
      title={t('common.runs')}
      about={<LiveMark state={live} />}
      actions={
        <>
          {may('operator') && <AllMenu filters={filters} />}
          <Export filters={filters} />
        </>
      }
    >
      <Filters view={view} set={set} />
      {runs.isPending ? (
        <Loading what={t('common.runsWord')} />
      ) : runs.isError && !runs.data ? (
        <Failure
          title={t('common.theRunsCannotBeRead')}
          message={messageOf(runs.error)}
          retry={() => void runs.refetch()}
        />
      ) : (
        <Panel flush>
          {found.length === 0 ? (
            <Nothing narrowed={narrows(view)} clear={() => setParams({}, { replace: true })} />
          ) : (
            <RunTable runs={found} choice={may('operator') ? choice : undefined} />
          )}
          <More query={runs} what={t('common.runsWord')} />
        </Panel>
      )}
      {chosen.length > 0 && <ChosenRuns runs={chosen} clear={clear} />}
    </Page>
  );
}

function Nothing({ narrowed, clear }: { narrowed: boolean; clear: () => void }) {
  return (
    <Empty title={narrowed ? t('runs.noRunMatches') : t('runs.noRunsYetTitle')}>
      {narrowed ? (
        <Group justify="center">
          <Button variant="default" onClick={clear}>
            {t('common.clearTheFilters')}
          </Button>
        </Group>
      ) : (
        t('runs.everyDueMomentOfA')
      )}
    </Empty>
  );
}

/** Keeps which of the listed runs are chosen; one that is listed no more is chosen no more. */
function useChoice(found: RunRecord[]): [Choice, RunRecord[], () => void] {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const chosen = found.filter(({ id }) => ids.has(id));
  const choose = (some: string[], on: boolean) =>
    setIds((now) => {
      const next = new Set(now);
      for (const id of some) {
        if (on) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  return [{ chosen: ids, choose }, chosen, () => setIds(new Set())];
}
