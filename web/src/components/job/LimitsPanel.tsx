// A job's limits against what its last runs used, with a word where a limit is far off.

import { Anchor, Progress, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useMay } from '../../api/queries';
import type { Job, RunRecord } from '../../api/types';
import { type LimitUse, limitUse } from '../../lib/limituse';
import classes from '../usage.module.css';

export function LimitsPanel({ job, runs }: { job: Job; runs: RunRecord[] }) {
  const may = useMay();
  const all = limitUse(runs, job.limits);
  if (all.length === 0) return <Text c="dimmed">Shown once a run has ended.</Text>;
  const advised = all.some(({ better }) => better);
  return (
    <Stack gap="sm">
      <div className={classes.bars}>
        {all.map((use) => (
          <Measure key={use.field} use={use} />
        ))}
      </div>
      {advised && may('editor') && (
        <Anchor component={Link} href={`/jobs/${job.name}/edit#limits`} size="sm">
          Change the limits
        </Anchor>
      )}
    </Stack>
  );
}

function Measure({ use }: { use: LimitUse }) {
  const { name, most, limit, show, reached, better } = use;
  const share = limit ? (most / limit) * 100 : 0;
  return (
    <Stack gap={3} data-limit={use.field}>
      <Text size="xs" c="dimmed">
        {name}, the most of a run
      </Text>
      <Text size="sm">
        {show(most)}{' '}
        <Text span c="dimmed">
          {limit === undefined ? 'no limit' : `of ${show(limit)}`}
        </Text>
      </Text>
      {limit !== undefined && limit > 0 && (
        <Progress
          value={Math.min(100, share)}
          color={better?.why === 'tight' ? 'red' : undefined}
          size="sm"
          aria-label={`${name}: at most ${Math.round(share)} % of its limit`}
        />
      )}
      {reached > 0 && (
        <Text size="xs" c="var(--sg-bad)">
          {reached === 1 ? 'reached once' : `reached ${reached} times`}
        </Text>
      )}
      {better && (
        <Text size="xs" c={better.why === 'tight' ? 'var(--sg-warn)' : 'dimmed'}>
          {better.why === 'tight'
            ? `Close to its limit: ${better.text} would leave room`
            : `Far above what was used: ${better.text} would do`}
        </Text>
      )}
    </Stack>
  );
}
