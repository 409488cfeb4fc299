// Runs of all jobs, newest first, by filters that stand in the address: a filtered list can be sent to somebody.

import { Button, Group, MultiSelect, Select } from '@mantine/core';
import { useSearchParams } from 'wouter';
import { messageOf } from '../api/problem';
import { useRuns } from '../api/queries';
import { RunTable } from '../components/RunTable';
import { RUN_STATUSES, STATUS, TRIGGERS } from '../components/status';
import { More } from '../design/More';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { TypedFilter } from '../design/TypedFilter';

const FILTERS = ['job', 'status', 'trigger', 'worker'] as const;
const STATUS_CHOICES = RUN_STATUSES.map((value) => ({ value, label: STATUS[value].text }));
const TRIGGER_CHOICES = Object.entries(TRIGGERS).map(([value, label]) => ({ value, label }));

type Filter = Partial<Record<(typeof FILTERS)[number], string>>;

export function RunsPage() {
  const [params, setParams] = useSearchParams();
  const filter: Filter = Object.fromEntries(FILTERS.map((key) => [key, params.get(key) ?? undefined]));
  const set = (change: Filter) => {
    const next = { ...filter, ...change };
    const kept = Object.entries(next).filter((entry): entry is [string, string] => Boolean(entry[1]));
    setParams(Object.fromEntries(kept), { replace: true });
  };
  const runs = useRuns(filter);
  const found = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  const filtered = FILTERS.some((key) => filter[key]);
  return (
    <Page title="Runs">
      <Filters filter={filter} set={set} />
      {runs.isPending ? (
        <Loading what="runs" />
      ) : runs.isError && !runs.data ? (
        <Failure
          title="The runs cannot be read"
          message={messageOf(runs.error)}
          retry={() => void runs.refetch()}
        />
      ) : (
        <Panel flush>
          {found.length === 0 ? (
            <Empty title={filtered ? 'No run matches' : 'No runs yet'}>
              {filtered ? (
                <Button variant="default" onClick={() => setParams({}, { replace: true })}>
                  Clear the filters
                </Button>
              ) : (
                'Every due moment of a job becomes a run here, with its output and the reason for its end.'
              )}
            </Empty>
          ) : (
            <RunTable runs={found} />
          )}
          <More query={runs} what="runs" />
        </Panel>
      )}
    </Page>
  );
}

function Filters({ filter, set }: { filter: Filter; set: (change: Filter) => void }) {
  return (
    <Group gap="sm" align="flex-end" role="search" aria-label="Filter runs">
      <TypedFilter
        label="Job"
        value={filter.job}
        onSettled={(job) => set({ job })}
        placeholder="exact name"
      />
      <MultiSelect
        label="Status"
        size="xs"
        w={260}
        data={STATUS_CHOICES}
        value={filter.status?.split(',') ?? []}
        onChange={(values) => set({ status: values.join(',') })}
        placeholder={filter.status ? undefined : 'any'}
        clearable
        clearButtonProps={{ 'aria-label': 'Any status' }}
      />
      <Select
        label="Trigger"
        size="xs"
        w={140}
        data={TRIGGER_CHOICES}
        value={filter.trigger ?? null}
        onChange={(value) => set({ trigger: value ?? undefined })}
        placeholder="any"
        clearable
        clearButtonProps={{ 'aria-label': 'Any trigger' }}
      />
      <TypedFilter
        label="Worker"
        value={filter.worker}
        onSettled={(worker) => set({ worker })}
        placeholder="any"
      />
    </Group>
  );
}
