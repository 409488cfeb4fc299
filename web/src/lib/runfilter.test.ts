// What the address says is what the server is asked, and two answers become one list without a gap.

import { expect, test } from 'vitest';
import type { RunRecord } from '../api/types';
import { merged, paramsOf, questions, viewOf } from './runfilter';

const STATUSES = ['running', 'succeeded', 'failed'];
const NOW = Date.parse('2026-12-01T12:00:00Z');

test('a view goes through the address and back', () => {
  const view = { job: 'a', status: 'failed,lost', within: '1h', duration_min: '90s', quiet: true };
  expect(viewOf(new URLSearchParams(paramsOf(view)))).toEqual(view);
  expect(viewOf(new URLSearchParams('within=soon&x=1&job=+'))).toEqual({});
});

test('a span back in time becomes an instant', () => {
  expect(questions({ within: '1h' }, STATUSES, NOW)).toEqual([
    { from: '2026-12-01T11:00:00.000Z', to: undefined },
  ]);
});

test('what a schedule started and what succeeded is left out by two questions', () => {
  expect(questions({ job: 'a', quiet: true }, STATUSES, NOW)).toEqual([
    { job: 'a', status: 'running,failed' },
    { job: 'a', status: 'succeeded', trigger: 'manual,catch_up' },
  ]);
  expect(questions({ quiet: true, status: 'failed' }, STATUSES, NOW)).toEqual([{ status: 'failed' }]);
  expect(questions({ quiet: true, status: 'succeeded', trigger: 'schedule' }, STATUSES, NOW)).toEqual([]);
});

const run = (id: string, minute: number) =>
  ({ id, scheduled_at: `2026-12-01T10:${String(minute).padStart(2, '0')}:00Z` }) as RunRecord;
const ids = (runs: RunRecord[]) => runs.map(({ id }) => id).join('');

test('streams become one, and stop where one of them may hold the next', () => {
  const { runs, rest } = merged([
    { runs: [run('a', 50), run('b', 40)], cursor: 'more' },
    { runs: [run('x', 45), run('y', 30)], cursor: undefined },
  ]);
  expect(ids(runs)).toBe('axb');
  expect(rest.map((stream) => ids(stream.runs))).toEqual(['', 'y']);
});

test('streams that have ended give all of it', () => {
  const ended = merged([
    { runs: [run('a', 1)], cursor: undefined },
    { runs: [run('b', 1), run('c', 0)], cursor: undefined },
  ]);
  expect(ids(ended.runs)).toBe('bac');
  expect(merged([]).runs).toEqual([]);
});
