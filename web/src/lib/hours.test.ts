// Counts of hours become bars that hide no failure.

import { expect, test } from 'vitest';
import { hourBars, percent, sumOf } from './hours';

test('each hour is told by what became of its runs, ticks without a record too', () => {
  const statuses = { succeeded: 5, failed: 2, timed_out: 1, missed: 1, skipped: 2, running: 1 };
  const at = '2026-12-01T08:00:00Z';
  const isBad = (status: string) => ['failed', 'timed_out'].includes(status);
  expect(hourBars([{ at, runs: 12, missed: 4, statuses }], isBad)).toEqual([
    { at: Date.parse(at), good: 5, bad: 3, missed: 4, rest: 3, total: 15 },
  ]);
  expect(sumOf(statuses, ['failed', 'lost', 'skipped'])).toBe(4);
});

test('a share is never rounded up to all', () => {
  const of = (share: number) => percent(share).replace('\u202f', ' ');
  expect([1, 0.99999, 0.982, 0.5, 0].map(of)).toEqual(['100 %', '99.9 %', '98.2 %', '50 %', '0 %']);
});
