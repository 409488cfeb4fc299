// Events become hints; what was missed is read anew.

import { expect, test } from 'vitest';
import { Changed, toldBy } from './fleet';

const event = (name: string, data: unknown = {}) => ({ event: name, data: JSON.stringify(data) });

test('an event tells what changed, a mark tells nothing, a gap tells everything', () => {
  const started = { kind: 'run_started', job: 'a', run: 'r' };
  expect(toldBy(event('run_started', started))).toEqual(started);
  expect(toldBy(event('begin'))).toBeUndefined();
  expect(toldBy(event('cut'))).toBeUndefined();
  expect(toldBy(event('reset'))).toBe('anew');
  expect(toldBy({ event: 'job_saved', data: '{' })).toBeUndefined();
  expect(toldBy(event('job_saved', 'text'))).toBeUndefined();
});

test('names are gathered once each until they are taken', () => {
  const changed = new Changed(3);
  expect(changed.isEmpty).toBe(true);
  for (const job of ['a', 'b', 'a']) changed.add({ kind: 'job_saved', job });
  changed.add({ kind: 'worker_up', worker: 'w' });
  expect(changed.take()).toEqual(['a', 'b']);
  expect(changed.isEmpty).toBe(true);
});

test('too many names, and a gap, are told as all', () => {
  const changed = new Changed(3);
  for (const job of ['a', 'b', 'c', 'd']) changed.add({ kind: 'job_saved', job });
  expect(changed.take()).toBe('all');
  changed.add('anew');
  expect(changed.isEmpty).toBe(false);
  expect(changed.take()).toBe('all');
  expect(changed.take()).toEqual([]);
});
