// All runs of one job, page by page; more filters are a link away.

import { Anchor, Group, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../../api/problem';
import { useRuns } from '../../api/queries';
import { More } from '../../design/More';
import { Panel } from '../../design/Panel';
import { Empty, Failure, Loading } from '../../design/States';
import { RunTable } from '../RunTable';
import { RUN_STATUSES, STATUS } from '../status';

const BAD = RUN_STATUSES.filter(
  (status) => ['bad', 'warn'].includes(STATUS[status].tone) && STATUS[status].final,
);
const SHOWN = {
  all: undefined,
  bad: BAD.join(','),
  live: RUN_STATUSES.filter((status) => !STATUS[status].final).join(','),
};

export function JobRuns({ name }: { name: string }) {
  const [which, setWhich] = useState<keyof typeof SHOWN>('all');
  const status = SHOWN[which];
  const runs = useRuns({ job: name, status });
  const found = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  const filters = new URLSearchParams({ job: name, ...(status ? { status } : {}) });
  return (
    <Panel
      flush
      title="Runs"
      aside={
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label="Which runs"
            value={which}
            onChange={(value) => setWhich(value as keyof typeof SHOWN)}
            data={[
              { value: 'all', label: 'All' },
              { value: 'bad', label: 'Went wrong' },
              { value: 'live', label: 'Go on' },
            ]}
          />
          <Anchor component={Link} href={`/runs?${filters}`} size="sm">
            With filters
          </Anchor>
        </Group>
      }
    >
      {runs.isPending ? (
        <Loading what="runs" />
      ) : !runs.data ? (
        <Failure
          title="The runs cannot be read"
          message={messageOf(runs.error)}
          retry={() => void runs.refetch()}
        />
      ) : found.length === 0 ? (
        <Empty title={which === 'all' ? 'It has not run yet' : 'None of its runs'}>
          {which === 'all' && 'Press “Run now” to see it run without waiting for its schedule.'}
        </Empty>
      ) : (
        <RunTable runs={found} withJob={false} />
      )}
      <More query={runs} what="runs" />
    </Panel>
  );
}
