// The form's way there and back: nothing lost, nothing made up, errors at their fields.

import { expect, test } from 'vitest';
import type { Job } from '../api/types';
import { fieldOf, NEW_JOB, sameForm, toForm, toJob } from './jobform';

const SAVED: Job = {
  name: 'nightly-report',
  description: 'text for people',
  labels: { team: 'data' },
  enabled: true,
  schedule: '30 2 * * *',
  timezone: 'Europe/Berlin',
  dst: 'vixie',
  weekdays: 'unix',
  jitter: '0s',
  shell: { script: 'set -e\necho hi\n', interpreter: ['/bin/sh', '-e'], env: { K: 'V' }, leftovers: 'kill' },
  limits: { timeout: '10m', grace: '5s', memory: '256MiB', cpu: 0.5, output: '10MiB' },
  success_codes: [0, 3],
  placement: { mode: 'one', labels: { role: 'db' } },
  overlap: 'skip',
  missed: { policy: 'latest', window: '1h', max: 10 },
  start_deadline: '10m',
  on_worker_loss: 'skip',
  when_cut_off: 'wait',
  retries: { max: 2, on: ['failed'], backoff: '10s', backoff_max: '5m' },
  retention: '30d',
  alerts: { on: ['failed'], warn_after: '8m', channels: ['ops'] },
};

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test('a saved job comes back as it was, also what the form does not show', () => {
  expect(plain(toJob(toForm(SAVED), SAVED))).toEqual(plain(SAVED));
});

test('empty fields are left to the server', () => {
  const job = plain(toJob({ ...NEW_JOB, name: ' a ', 'shell.script': 'true', schedule: '@hourly' }));
  expect(job.name).toBe('a');
  expect(job.limits).toEqual({});
  expect(job).not.toHaveProperty('retention');
  expect(job).not.toHaveProperty('success_codes');
  expect(job.shell).toEqual({ script: 'true', env: {}, leftovers: 'kill' });
});

test('limits of the other kind are not sent', () => {
  const form = { ...NEW_JOB, kind: 'wasm' as const, 'limits.cpu': 1, 'limits.pids': 5, 'limits.fuel': 1000 };
  expect(plain(toJob(form)).limits).toEqual({ fuel: 1000 });
  expect(plain(toJob({ ...form, kind: 'shell' })).limits).toEqual({ cpu: 1, pids: 5 });
});

test('changing the kind drops the other workload', () => {
  const job = plain(toJob({ ...toForm(SAVED), kind: 'wasm', 'wasm.module': 'sha256:00' }, SAVED));
  expect(job.wasm.module).toBe('sha256:00');
  expect(job).not.toHaveProperty('shell');
});

test('an error finds its field or the nearest above', () => {
  const shown = new Set(['limits.memory', 'wasm.dirs', 'shell.env', 'schedule']);
  expect(fieldOf('limits.memory', shown)).toBe('limits.memory');
  expect(fieldOf('wasm.dirs[1].host', shown)).toBe('wasm.dirs');
  expect(fieldOf('shell.env.PATH', shown)).toBe('shell.env');
  expect(fieldOf('alerts.on', shown)).toBeUndefined();
  expect(fieldOf('', shown)).toBeUndefined();
});

test('two forms are the same when they hold the same', () => {
  expect(sameForm(toForm(SAVED), toForm(structuredClone(SAVED)))).toBe(true);
  expect(sameForm(toForm(SAVED), { ...toForm(SAVED), name: 'x' })).toBe(false);
});
