// The Chinese of what workers note of their hosts: each kind that there is, with its figures.

import { beforeAll, expect, test } from 'vitest';
import type { HostNote } from '../../api/types';
import { choose } from '..';
import { kindsOf } from '../kinds';
import { HOST_NOTES, hostNoteInChinese } from './hosts';

beforeAll(() => choose('zh'));

test('each kind of note is told', () => {
  expect(Object.keys(HOST_NOTES).sort()).toEqual(kindsOf('HostNote'));
});

test.each<[HostNote, string]>([
  [{ kind: 'no_pool' }, '没有实例池：模块启动较慢'],
  [
    { kind: 'modules_memory', memory: '512MiB', by: 'cgroup v2' },
    '同一用户的全部模块共有 512 MiB 内存（cgroup v2）',
  ],
  [
    { kind: 'shared_user', user: 'nobody', isolation: 'contained', why: 'x' },
    '未指定用户的任务以 nobody 运行：仅防误操作，未隔离',
  ],
  [{ kind: 'no_module_runs', why: 'it was not ready' }, '无法运行任何模块：it was not ready'],
])('%j', (note, words) => {
  expect(hostNoteInChinese(note)).toBe(words);
});

test('a note that this page does not know is left to the words of the worker', () => {
  expect(hostNoteInChinese({ kind: 'frozen' } as unknown as HostNote)).toBeUndefined();
});
