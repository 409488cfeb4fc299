// The Chinese of alerts and of runs of which no worker tells: each kind that the server has, with its figures.

import { beforeAll, expect, test } from 'vitest';
import type { NoticeWhy, Settled } from '../../api/types';
import { exact } from '../../lib/time';
import { choose } from '..';
import { kindsOf } from '../kinds';
import { endInChinese } from './ends';
import { NOTICES, noticeInChinese } from './notices';
import { SETTLED } from './settled';

beforeAll(() => choose('zh'));

const AT = '2026-12-01T08:25:00Z';
const LATER = '2026-12-01T08:40:00Z';
const shown = (at: string) => exact(Date.parse(at));

test.each([
  ['NoticeWhy', NOTICES],
  ['Settled', SETTLED],
])('each kind of %s that the server has is told', (name, table) => {
  expect(Object.keys(table).sort()).toEqual(kindsOf(name));
});

test.each<[NoticeWhy, () => string]>([
  [
    { kind: 'settled', how: { kind: 'lost', why: 'worker_gone' }, streak: 2 },
    () => '失联：节点已不存在（连续 2 次）',
  ],
  [
    { kind: 'settled', how: { kind: 'worker_ended_before' }, streak: 21 },
    () => '未能启动：其节点进程在此之前已结束（连续 超过 20 次）',
  ],
  [
    { kind: 'recovered', after: ['failed', 'missed'], lasted: '3m' },
    () => '已恢复：失败、错过触发点，持续 3 分钟',
  ],
  [
    {
      kind: 'overdue',
      tick: AT,
      deadline: LATER,
      start_deadline: '15m',
      untaken: { kind: 'away', worker: 'w1' },
    },
    () => `${shown(AT)} 的触发点到 ${shown(LATER)} 仍未启动（start_deadline 15 分钟）：节点 w1 不在`,
  ],
  [
    { kind: 'missed', from: AT, to: LATER, why: 'not_latest' },
    () => `${shown(AT)} 至 ${shown(LATER)} 的触发点没有运行：没有节点按时启动，且错过策略只补跑最新的一个`,
  ],
  [
    { kind: 'clock_off', worker: 'w1', off: { ahead_ms: -2000, against: ['w2', 'w3'] } },
    () => '节点 w1 的时钟比 w2、w3 慢 2.0 秒：不启动任何运行',
  ],
  [{ kind: 'disk_full', worker: 'w1', free_percent: 3 }, () => '节点 w1 上存放运行的磁盘将满：剩余 3 %'],
])('%j', (why, words) => {
  expect(noticeInChinese({ why })).toBe(words());
});

test('what this page does not know yet is left to the words of the server', () => {
  expect(noticeInChinese({ why: { kind: 'frozen' } as unknown as NoticeWhy })).toBeUndefined();
  const how = { kind: 'lost', why: 'abducted' } as unknown as Settled;
  expect(noticeInChinese({ why: { kind: 'settled', how, streak: 0 } })).toBeUndefined();
  expect(noticeInChinese({})).toBeUndefined();
});

test('a run of which no worker tells is told from how it was settled', () => {
  const settled: Settled = { kind: 'skipped', why: 'overlap', run: 'r1' };
  expect(endInChinese({ reason: 'another run went on (run r1)', settled })).toBe(
    '前一次运行仍在继续，任务的重叠策略不允许两个同时运行（运行 r1）',
  );
  expect(endInChinese({ reason: 'lost: its worker is gone' })).toBeUndefined();
});
