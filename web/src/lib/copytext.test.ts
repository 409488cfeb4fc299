// A job as YAML and as a command: what is read back is what was written.

import { expect, test } from 'vitest';
import type { Job } from '../api/types';
import { curlOf, yamlOf } from './copytext';

const JOB = {
  name: 'nightly-report',
  description: 'a report: for people',
  labels: { team: 'data', on: 'yes' },
  enabled: true,
  schedule: '30 2 * * *',
  shell: { script: 'set -e\n\necho hi\n', interpreter: ['/bin/sh', '-e'], env: {}, stdin: 'x' },
  limits: { timeout: '10m', cpu: 0.5 },
  success_codes: [0, 3],
  wasmdirs: [{ host: '/srv', guest: '/in' }],
} as unknown as Job;

test('a job reads as YAML, its script as a block', () => {
  expect(yamlOf(JOB)).toBe(`name: nightly-report
description: "a report: for people"
labels:
  team: data
  "on": "yes"
enabled: true
schedule: "30 2 * * *"
shell:
  script: |
    set -e

    echo hi
  interpreter:
    - /bin/sh
    - "-e"
  env: {}
  stdin: x
limits:
  timeout: "10m"
  cpu: 0.5
success_codes:
  - 0
  - 3
wasmdirs:
  - host: /srv
    guest: /in
`);
});

test('ends of texts are kept as they are', () => {
  const script = (text: string) => yamlOf({ shell: { script: text } } as Job);
  expect(script('a\nb')).toBe('shell:\n  script: |-\n    a\n    b\n');
  expect(script('a\nb\n\n')).toBe('shell:\n  script: |+\n    a\n    b\n\n');
  expect(script('  a\nb')).toBe('shell:\n  script: "  a\\nb"\n');
  expect(script('a\u0007\nb')).toBe('shell:\n  script: "a\\u0007\\nb"\n');
});

test('the command ends its text by a word that the text does not have', () => {
  const text = curlOf(
    { name: 'a', schedule: '@daily', shell: { script: 'cat <<JOB\nJOB\n' } } as Job,
    'http://x',
  );
  expect(text).toContain("<<'JOB'\n");
  const own = curlOf({ name: 'JOB', shell: { script: 'JOB' } } as unknown as Job, 'http://x');
  expect(own).toContain("-X POST 'http://x/api/v1/jobs'");
  expect(own.trimEnd().split('\n').at(-1)).toBe('JOB');
});
