// Comparing what is in a form with what was saved: only real differences, and a merge that loses nothing of mine.

import { expect, test } from 'vitest';
import { differences, mergedForm } from './jobdiff';
import { NEW_JOB } from './jobform';

test('fields that differ are told by their paths', () => {
  const before = {
    name: 'a',
    limits: { timeout: '1m' },
    labels: {},
    retries: { on: ['failed'] },
    env: { A: '1' },
  };
  const after = {
    name: 'a',
    limits: { timeout: '2m' },
    retries: { on: ['failed', 'lost'] },
    description: '',
  };
  expect(differences(before, after)).toEqual([
    { path: 'env.A', before: '1', after: undefined },
    { path: 'limits.timeout', before: '1m', after: '2m' },
    { path: 'retries.on', before: ['failed'], after: ['failed', 'lost'] },
  ]);
  expect(differences(before, structuredClone(before))).toEqual([]);
});

test('what I changed is put on top of theirs', () => {
  const start = { ...NEW_JOB, description: 'old', schedule: '@daily', labels: [{ key: 'a', value: '1' }] };
  const mine = { ...start, schedule: '@hourly', labels: [{ key: 'a', value: '2' }] };
  const theirs = { ...start, description: 'theirs', schedule: '@weekly' };
  expect(mergedForm(start, mine, theirs)).toEqual({
    ...start,
    description: 'theirs',
    schedule: '@hourly',
    labels: [{ key: 'a', value: '2' }],
  });
});
