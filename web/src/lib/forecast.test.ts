// Bars of starts per minute: no start lost, the worst minute kept, marks at full hours of the reader's clock.

import { expect, test } from 'vitest';
import { bars, hourMarks } from './forecast';

const FROM = Date.UTC(2026, 10, 22, 10, 23);

test('each start stands in one bar, and the worst minute is its height', () => {
  const starts = [1, 0, 7, 2, 0, 0, 0, 3];
  const found = bars(starts, FROM, 5);
  expect(found).toEqual([
    { at: FROM, peak: 7, total: 10 },
    { at: FROM + 5 * 60_000, peak: 3, total: 3 },
  ]);
});

test('a day of minutes becomes 288 bars of five', () => {
  const found = bars(new Array(1440).fill(2), FROM, 5);
  expect(found).toHaveLength(288);
  expect(found.reduce((sum, bar) => sum + bar.total, 0)).toBe(2880);
});

test('marks stand at full hours ahead, every few of them', () => {
  const marks = hourMarks(FROM, 24, 3);
  expect(marks).toHaveLength(8);
  for (const at of marks) {
    expect(at).toBeGreaterThanOrEqual(FROM);
    expect(new Date(at).getHours() % 3).toBe(0);
    expect(new Date(at).getMinutes()).toBe(0);
  }
});
