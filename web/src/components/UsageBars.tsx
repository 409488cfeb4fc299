// What a run used against what it was allowed: time, memory, processes, fuel, output.
//
// A bar only where there is a limit; a number alone where there is none.

import { Progress, Stack, Text } from '@mantine/core';
import type { Job, RunRecord } from '../api/types';
import { t } from '../i18n';
import { bytes, count, sizeBytes, spanMs } from '../lib/quantity';
import { duration, instant } from '../lib/time';
import classes from './usage.module.css';

type Measure = { name: string; used: number; limit?: number; show: (value: number) => string };

export function UsageBars({ run, limits }: { run: RunRecord; limits?: Job['limits'] }) {
  const all = measures(run, limits);
  if (all.length === 0) return <Text c="dimmed">{t('run.nothingMeasuredYet')}</Text>;
  return (
    <div className={classes.bars}>
      {all.map(({ name, used, limit, show }) => (
        <Stack key={name} gap={3}>
          <Text size="xs" c="dimmed">
            {name}
          </Text>
          <Text size="sm">
            {show(used)}{' '}
            {limit !== undefined && (
              <Text span c="dimmed">
                {t('common.of', { limit: show(limit) })}
              </Text>
            )}
          </Text>
          {limit !== undefined && limit > 0 && (
            <Progress
              value={Math.min(100, (used / limit) * 100)}
              color={used >= limit ? 'red' : undefined}
              size="sm"
              aria-label={t('run.ofItsLimit', { name, used: Math.round((used / limit) * 100) })}
            />
          )}
        </Stack>
      ))}
    </div>
  );
}

function measures(run: RunRecord, limits: Job['limits']): Measure[] {
  const { outcome } = run;
  if (!outcome) return [];
  const { usage } = outcome;
  const started = instant(run.started_at);
  const ended = instant(run.ended_at);
  const cpu = sum(spanMs(usage?.cpu_user), spanMs(usage?.cpu_system));
  const all: (Omit<Measure, 'used'> & { used?: number | null })[] = [
    {
      name: t('common.time'),
      used: started !== undefined && ended !== undefined ? ended - started : undefined,
      limit: spanMs(limits?.timeout),
      show: duration,
    },
    { name: t('run.processorTime'), used: cpu, show: duration },
    {
      name: t('run.memoryAtItsPeak'),
      used: sizeBytes(usage?.memory_peak),
      limit: sizeBytes(limits?.memory),
      show: bytes,
    },
    { name: t('run.processesAtOnce'), used: usage?.pids_peak, limit: limits?.pids ?? undefined, show: count },
    { name: t('common.fuel'), used: usage?.fuel, limit: limits?.fuel ?? undefined, show: count },
    {
      name: t('common.output'),
      used: outcome.output ? outcome.output.kept + outcome.output.dropped : undefined,
      limit: sizeBytes(limits?.output),
      show: bytes,
    },
  ];
  return all.filter((measure): measure is Measure => measure.used !== undefined && measure.used !== null);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}
