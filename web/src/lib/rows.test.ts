// Only what is in sight is drawn, wherever the list stands.

import { expect, test } from 'vitest';
import { rowsInSight } from './rows';

test('rows around the screen are drawn, and no more than there are', () => {
  expect(rowsInSight(0, 400, 40, 10_000)).toEqual({ first: 0, end: 18 });
  expect(rowsInSight(40_000, 400, 40, 10_000)).toEqual({ first: 992, end: 1018 });
  expect(rowsInSight(-300, 400, 40, 5)).toEqual({ first: 0, end: 5 });
  expect(rowsInSight(1_000_000, 400, 40, 100)).toEqual({ first: 100, end: 100 });
  expect(rowsInSight(0, 400, 40, 0)).toEqual({ first: 0, end: 0 });
});
