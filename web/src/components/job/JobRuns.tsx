// All runs of one job, page by page; more filters are a link away.

import { Anchor, Group, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../../api/problem';
import { useRuns } from '../../api/queries';
import { More } from '../../design/More';
import { Panel } from '../../design/Panel';
import { Empty, Failure, Loading } from '../../design/States';
import { t } from '../../i18n';
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
      title={t('common.runs')}
      aside={
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label={t('job.whichRuns')}
            value={which}
            onChange={(value) => setWhich(value as keyof typeof SHOWN)}
            data={[
              { value: 'all', label: t('job.all') },
              { value: 'bad', label: t('job.wentWrong') },
              { value: 'live', label: t('job.goOn') },
            ]}
          />
          <Anchor component={Link} href={`/runs?${filters}`} size="sm">
            {t('job.withFilters')}
          </Anchor>
        </Group>
      }
    >
      {runs.isPending ? (
        <Loading what={t('common.runsWord')} />
      ) : !runs.data ? (
        <Failure
          title={t('common.theRunsCannotBeRead')}
          message={messageOf(runs.error)}
          retry={() => void runs.refetch()}
        />
      ) : found.length === 0 ? (
        <Empty title={which === 'all' ? t('job.itHasNotRunYet') : t('job.noneOfItsRuns')}>
          {which === 'all' && t('job.pressRunNowToSee')}
        </Empty>
      ) : (
        <RunTable runs={found} withJob={false} />
      )}
      <More query={runs} what={t('common.runsWord')} />
    </Panel>
  );
}
