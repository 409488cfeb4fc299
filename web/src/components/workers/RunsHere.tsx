// What runs on a worker now.

import { Anchor, List, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useRuns } from '../../api/queries';
import { Elapsed } from '../../design/Time';
import { t, tx } from '../../i18n';
import { StatusBadge } from '../StatusBadge';

/** More than any worker has slots for, as far as one wants to read. */
const LISTED_MAX = 50;

export function RunsHere({ worker, busy }: { worker: string; busy: number }) {
  const runs = useRuns({ worker, status: 'claimed,running' }, LISTED_MAX);
  const found = runs.data?.pages[0]?.runs ?? [];
  if (found.length === 0) {
    return (
      <Text c="dimmed">
        {busy === 0 ? t('common.nothing') : t('workers.theirRecordsAreOnTheir', { busy })}
      </Text>
    );
  }
  return (
    <List listStyleType="none" size="sm" spacing={4} aria-label={t('workers.runsOn', { worker })}>
      {found.map(({ id, job, status, started_at, claimed_at }) => (
        <List.Item key={id} data-run={id}>
          <span style={{ display: 'inline-flex', gap: 10, flexWrap: 'wrap', alignItems: 'baseline' }}>
            <Anchor component={Link} href={`/runs/${id}`} size="sm" fw={600}>
              {job}
            </Anchor>
            <StatusBadge status={status} />
            <Text span size="sm" c="dimmed">
              {tx('workers.for', { elapsed: <Elapsed from={started_at ?? claimed_at} /> })}
            </Text>
          </span>
        </List.Item>
      ))}
    </List>
  );
}
