// A job's limits against what its runs really used, and what to make of it.
//
// Pure. A limit that is nearly reached kills a run some day; one that is ten times too high protects nobody. What is
// advised is thrice the most that was seen, rounded up: room for a bad day.
// Not here: defaults. The server fills them in, so a limit that is absent is none.

import type { Job, RunRecord } from '../api/types';
import { t } from '../i18n';
import { bytes, count, sizeBytes, spanMs } from './quantity';
import { duration, instant } from './time';

export type LimitUse = {
  field: 'timeout' | 'memory' | 'pids' | 'fuel' | 'output';
  name: string;
  /** The most that a run used. */
  most: number;
  limit?: number;
  show: (value: number) => string;
  /** How often it ended a run. */
  reached: number;
  /** What the limit would better be, as the API writes it. */
  better?: { text: string; why: 'tight' | 'wide' };
};

/** So many runs must have been seen before a limit is called too wide. */
const RUNS_FOR_WIDE = 5;
const TIGHT = 0.8;
const WIDE = 0.1;
const ROOM = 3;

/** Returns each measure of the ended `runs` against its limit. */
export function limitUse(runs: RunRecord[], limits: Job['limits'] = {}): LimitUse[] {
  const ended = runs.filter(({ outcome, started_at, ended_at }) => outcome && started_at && ended_at);
  const all: (LimitUse & { write: (value: number) => string; least: number })[] = [
    {
      field: 'timeout',
      name: t('common.time'),
      most: mostOf(
        ended,
        ({ started_at, ended_at }) => (instant(ended_at) ?? 0) - (instant(started_at) ?? 0),
      ),
      limit: spanMs(limits.timeout),
      show: duration,
      reached: ended.filter(({ status }) => status === 'timed_out').length,
      write: spanText,
      least: 10_000,
    },
    {
      field: 'memory',
      name: t('form.memory'),
      most: mostOf(ended, ({ outcome }) => sizeBytes(outcome?.usage?.memory_peak)),
      limit: sizeBytes(limits.memory),
      show: bytes,
      reached: ended.filter(({ status }) => status === 'out_of_memory').length,
      write: sizeText,
      least: 16 * 2 ** 20,
    },
    {
      field: 'pids',
      name: t('form.processes'),
      most: mostOf(ended, ({ outcome }) => outcome?.usage?.pids_peak),
      limit: limits.pids ?? undefined,
      show: count,
      reached: ended.filter(({ outcome }) => (outcome?.usage?.pids_refused ?? 0) > 0).length,
      write: (value) => String(roundUp(value)),
      least: 16,
    },
    {
      field: 'fuel',
      name: t('common.fuel'),
      most: mostOf(ended, ({ outcome }) => outcome?.usage?.fuel),
      limit: limits.fuel ?? undefined,
      show: count,
      reached: ended.filter(({ status }) => status === 'out_of_fuel').length,
      write: (value) => String(roundUp(value)),
      least: 1_000_000,
    },
    {
      field: 'output',
      name: t('common.output'),
      most: mostOf(ended, ({ outcome }) =>
        outcome?.output ? outcome.output.kept + outcome.output.dropped : undefined,
      ),
      limit: sizeBytes(limits.output),
      show: bytes,
      reached: ended.filter(({ outcome }) => (outcome?.output?.dropped ?? 0) > 0).length,
      write: sizeText,
      least: 64 * 2 ** 10,
    },
  ];
  return all
    .filter(({ most }) => most >= 0)
    .map(({ write, least, ...use }) => ({ ...use, better: advice(use, ended.length, write, least) }));
}

function advice(
  { most, limit, reached }: LimitUse,
  runs: number,
  write: (value: number) => string,
  least: number,
): LimitUse['better'] {
  if (limit === undefined || limit <= 0) return undefined;
  const text = write(Math.max(least, most * ROOM));
  if (reached > 0 || most > limit * TIGHT) return { text, why: 'tight' };
  // What is advised must be worth the change.
  if (runs < RUNS_FOR_WIDE || most >= limit * WIDE || Math.max(least, most * ROOM) * 2 > limit)
    return undefined;
  return { text, why: 'wide' };
}

/** Returns the most of what is known, or -1 where nothing is. */
function mostOf(runs: RunRecord[], of: (run: RunRecord) => number | null | undefined): number {
  return runs.reduce((most, run) => Math.max(most, of(run) ?? -1), -1);
}

/** Returns the next number with one digit and noughts, or half of such: 1, 1.5, 2, 3, … */
function roundUp(value: number): number {
  const digit = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const steps = Math.ceil((value / digit) * 2) / 2;
  return Math.ceil(steps * digit);
}

function spanText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${Math.ceil(seconds / 5) * 5}s`;
  const minutes = seconds / 60;
  if (minutes < 60) return `${Math.ceil(minutes)}m`;
  return `${Math.ceil(minutes / 60)}h`;
}

/** Sizes go by powers of two: 16, 24, 32, 48, 64. */
function sizeText(size: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = size / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const power = 2 ** Math.floor(Math.log2(Math.max(1, value)));
  const steps = power === 1 ? Math.ceil(value) : (Math.ceil((value / power) * 2) / 2) * power;
  return `${steps}${units[unit]}`;
}
