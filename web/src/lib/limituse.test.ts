// Limits against use: advice only where it is worth something, in the notation of the API.

import { expect, test } from 'vitest';
import type { RunRecord } from '../api/types';
import { limitUse } from './limituse';

const run = (ms: number, memory?: string, status = 'succeeded') =>
  ({
    status,
    started_at: new Date(0).toISOString(),
    ended_at: new Date(ms).toISOString(),
    outcome: { usage: { memory_peak: memory }, output: { kept: 100, dropped: 0 } },
  }) as unknown as RunRecord;

const of = (runs: RunRecord[], limits: Parameters<typeof limitUse>[1], field: string) =>
  limitUse(runs, limits).find((use) => use.field === field);

test('a limit that is nearly reached, or was, should be wider', () => {
  expect(of([run(9 * 60_000)], { timeout: '10m' }, 'timeout')?.better).toEqual({ text: '27m', why: 'tight' });
  const hit = of([run(60_000, '64MiB', 'out_of_memory')], { memory: '100MiB' }, 'memory');
  expect(hit).toMatchObject({ reached: 1, better: { text: '192MiB', why: 'tight' } });
});

test('a limit far above all use may be closer, once enough runs were seen', () => {
  const runs = Array.from({ length: 5 }, () => run(9000, '20MiB'));
  expect(of(runs, { timeout: '1h' }, 'timeout')?.better).toEqual({ text: '30s', why: 'wide' });
  expect(of(runs, { memory: '4GiB' }, 'memory')?.better).toEqual({ text: '64MiB', why: 'wide' });
  expect(of(runs.slice(1), { timeout: '1h' }, 'timeout')?.better).toBeUndefined();
});

test('a limit that fits, or none, needs no advice', () => {
  const runs = Array.from({ length: 5 }, () => run(30_000, '20MiB'));
  expect(of(runs, { timeout: '2m' }, 'timeout')?.better).toBeUndefined();
  expect(of(runs, {}, 'memory')).toMatchObject({ limit: undefined, better: undefined });
});

test('what was not measured is not told', () => {
  expect(of([run(1000)], { memory: '1GiB' }, 'memory')).toBeUndefined();
  expect(limitUse([], { timeout: '1m' })).toEqual([]);
});
