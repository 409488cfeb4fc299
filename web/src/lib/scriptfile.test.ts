// Files that become scripts: named well, and run by what they name.

import { expect, test } from 'vitest';
import { interpreterOf, isText, jobNameOf } from './scriptfile';

test('the first line says what runs a script', () => {
  expect(interpreterOf('#!/bin/bash -eu\necho')).toEqual(['/bin/bash', '-eu']);
  expect(interpreterOf('#! /usr/bin/env python3\r\n')).toEqual(['/usr/bin/env', 'python3']);
  expect(interpreterOf('#!/bin/sh -e\n')).toBeUndefined();
  expect(interpreterOf('echo\n#!/bin/bash')).toBeUndefined();
});

test('a file gives its job a name', () => {
  expect(jobNameOf('Nightly Backup_v2.sh')).toBe('nightly-backup-v2');
  expect(jobNameOf('.sh')).toBe('');
});

test('a program is no script', () => {
  expect(isText('echo hi\n')).toBe(true);
  expect(isText('\u007fELF\0')).toBe(false);
});
