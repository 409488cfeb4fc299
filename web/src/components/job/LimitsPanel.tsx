// A job's limits against what its last runs used, with a word where a limit is far off.

import { Anchor, Progress, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useMay } from '../../api/queries';
import type { Job, RunRecord } from '../../api/types';
import { t } from '../../i18n';
import { type LimitUse, limitUse } from '../../lib/limituse';
import classes from '../usage.module.css';

export function LimitsPanel({ job, runs }: { job: Job; runs: RunRecord[] }) {
  const may = useMay();
  const all = limitUse(runs, job.limits);
  if (all.length === 0) return <Text c="dimmed">{t('job.shownOnceARunHas')}</Text>;
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
          {t('job.changeTheLimits')}
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
        {t('job.theMostOfARun', { name })}
      </Text>
      <Text size="sm">
        {show(most)}{' '}
        <Text span c="dimmed">
          {limit === undefined ? t('common.noLimit') : t('common.of', { limit: show(limit) })}
        </Text>
      </Text>
      {limit !== undefined && limit > 0 && (
        <Progress
          value={Math.min(100, share)}
          color={better?.why === 'tight' ? 'red' : undefined}
          size="sm"
          aria-label={t('job.atMostOfItsLimit', { name, share: Math.round(share) })}
        />
      )}
      {reached > 0 && (
        <Text size="xs" c="var(--sg-bad)">
          {reached === 1 ? t('job.reachedOnce') : t('job.reachedTimes', { reached })}
        </Text>
      )}
      {better && (
        <Text size="xs" c={better.why === 'tight' ? 'var(--sg-warn)' : 'dimmed'}>
          {better.why === 'tight'
            ? t('job.closeToItsLimitWould', { text: better.text })
            : t('job.farAboveWhatWasUsed', { text: better.text })}
        </Text>
      )}
    </Stack>
  );
}
