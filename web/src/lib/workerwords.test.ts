// Words of workers: signs and bounds the right way round.

import { expect, test } from 'vitest';
import type { Worker } from '../api/types';
import { clockOffWords, clockWords, leftWords, notHeld } from './workerwords';

test('a clock is ahead or behind', () => {
  expect(clockOffWords({ ahead_ms: 2500, against: ['w2', 'w3'] })).toBe('2.5 s ahead of w2, w3');
  expect(clockOffWords({ ahead_ms: -900, against: ['w2'] })).toBe('900 ms behind w2');
});

test('a difference that is known between bounds is told by them', () => {
  expect(clockWords({ least_ms: 0, most_ms: 0 })).toBe("the store's");
  expect(clockWords({ least_ms: -4, most_ms: 12 })).toBe("within 12 ms of the store's");
  expect(clockWords({ least_ms: 200, most_ms: 1400 })).toBe("200 ms to 1.4 s ahead of the store's");
  expect(clockWords({ least_ms: -1400, most_ms: -200 })).toBe("200 ms to 1.4 s behind the store's");
});

test('a drained worker tells what is left', () => {
  expect([0, 1, 5].map(leftWords)).toEqual(['nothing runs: it can be stopped', '1 run left', '5 runs left']);
});

test('limits that are not held are named with their kind', () => {
  const limits = (held: boolean) => ({ limits: [{ limit: 'memory', held, by: '' }], kill: '', notes: [] });
  const status = { shell: limits(false), wasm: limits(true) } as unknown as Worker['status'];
  expect(notHeld(status)).toEqual(['memory of shell jobs']);
});
