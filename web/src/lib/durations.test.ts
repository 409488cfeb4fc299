// Durations on a chart: nothing outside, and percentiles that a run really had.

import { expect, test } from 'vitest';
import type { RunRecord } from '../api/types';
import { marks, percentile, points, scaleOf } from './durations';

const run = (id: string, started_at?: string, ended_at?: string) =>
  ({ id, status: 'succeeded', started_at, ended_at }) as RunRecord;

test('only runs that began and ended have a place, oldest first', () => {
  const found = points([
    run('c', '2026-12-01T10:00:00Z'),
    run('b', '2026-12-01T09:00:00Z', '2026-12-01T09:00:02Z'),
    run('a', '2026-12-01T08:00:00Z', '2026-12-01T08:00:01Z'),
    run('d'),
  ]);
  expect(found.map(({ id, took }) => [id, took])).toEqual([
    ['a', 1000],
    ['b', 2000],
  ]);
});

test('percentiles are values that were there', () => {
  const values = [5, 1, 4, 2, 3];
  expect(percentile(values, 0.5)).toBe(3);
  expect(percentile(values, 0.95)).toBe(5);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeUndefined();
});

test('durations that lie near each other have an even scale from nought', () => {
  const scale = scaleOf([1000, 2000]);
  expect(scale.log).toBe(false);
  expect(scale.place(0)).toBe(0);
  expect(scale.place(2000)).toBeGreaterThan(0.9);
});

test('durations far apart have a logarithmic scale on which all have room', () => {
  const scale = scaleOf([3, 600_000]);
  expect(scale.log).toBe(true);
  for (const ms of [0, 3, 1000, 600_000]) {
    expect(scale.place(ms)).toBeGreaterThanOrEqual(0);
    expect(scale.place(ms)).toBeLessThanOrEqual(1);
  }
  expect(scale.place(3000)).toBeGreaterThan(0.3);
});

test('a scale has a few marks within it', () => {
  for (const values of [[], [0], [12], [1500, 1700], [3, 600_000], [90 * 3_600_000]]) {
    const scale = scaleOf(values);
    const found = marks(scale);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(6);
    expect(Math.max(...found)).toBeLessThanOrEqual(scale.most);
  }
});
