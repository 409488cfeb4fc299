// The Chinese of what became of due moments: each kind that the server has, with its figures; and what is not known yet.

import { beforeAll, expect, test } from 'vitest';
import type { TickView, TickWhy, Untaken } from '../../api/types';
import { exact } from '../../lib/time';
import { choose } from '..';
import { kindsOf } from '../kinds';
import { MISSES, SKIPS } from './settled';
import { CLOCKS, OBSTACLES, REASONS, tickInChinese, UNTAKEN } from './ticks';

beforeAll(() => choose('zh'));

const AT = '2026-12-01T08:25:00Z';
const then = () => exact(Date.parse(AT));

test.each([
  ['TickWhy', REASONS],
  ['Untaken', UNTAKEN],
  ['Obstacle', OBSTACLES],
  ['SkipReason', SKIPS],
  ['MissReason', MISSES],
  ['ClockChange', CLOCKS],
])('each kind of %s that the server has is told', (name, table) => {
  expect(Object.keys(table).sort()).toEqual(kindsOf(name));
});

const late = (untaken: Untaken): TickWhy => ({ kind: 'late', until: AT, untaken });

test.each<[TickWhy, () => string]>([
  [{ kind: 'exited', code: 3 }, () => '退出码 3'],
  [{ kind: 'stands', status: 'running', worker: 'w1' }, () => '在节点 w1 上'],
  [late({ kind: 'no_worker' }), () => `已延迟：没有存活的节点；最迟可在 ${then()} 启动`],
  [{ kind: 'late', until: AT }, () => `已延迟：尚无节点领取；最迟可在 ${then()} 启动`],
  [
    late({ kind: 'no_labels', labels: { role: 'db' }, workers: 1 }),
    () => `已延迟：唯一存活的节点没有标签 role=db；最迟可在 ${then()} 启动`,
  ],
  [
    late({ kind: 'obstacles', obstacles: [{ obstacle: 'full', workers: 2 }] }),
    () => `已延迟：所有匹配的节点都没有空闲槽位；最迟可在 ${then()} 启动`,
  ],
  [
    late({
      kind: 'obstacles',
      obstacles: [
        { obstacle: 'draining', workers: 1 },
        { obstacle: 'full', workers: 2 },
      ],
    }),
    () => `已延迟：匹配的节点中，1 个正在排空，2 个没有空闲槽位；最迟可在 ${then()} 启动`,
  ],
  [
    { kind: 'missed', why: 'policy_none', untaken: { kind: 'away', worker: 'w1' } },
    () => '没有节点按时启动，且任务的错过策略为“none”：节点 w1 不在',
  ],
  [{ kind: 'skipped', why: 'disabled', by: 'ann' }, () => '任务当时未启用，操作者：ann'],
  [
    { kind: 'skipped', why: 'overlap', run: 'r1' },
    () => '前一次运行仍在继续，任务的重叠策略不允许两个同时运行（运行 r1）',
  ],
  [{ kind: 'paused', by: 'ann', note: 'moving' }, () => '任务已由 ann 暂停：moving'],
])('%j', (why, words) => {
  expect(tickInChinese({ why })).toBe(words());
});

test('an end is told as everywhere, and a clock after the reason', () => {
  const end = { kind: 'signaled', signal: 9, core: false };
  const outcome = { end, started_at: AT, ended_at: AT } as Extract<TickWhy, { kind: 'ended' }>['outcome'];
  expect(tickInChinese({ why: { kind: 'ended', outcome } })).toBe('信号 9');
  const clocks: TickView['clocks'] = [{ worker: 'w1', event: { change: 'slept', by: '2h', at: AT } }];
  expect(tickInChinese({ why: { kind: 'undelivered' }, clocks })).toBe(
    `已有归属或结果，其记录尚未送达；节点 w1 的机器休眠了 2 小时，直到 ${then()}`,
  );
});

test('what this page does not know yet is left to the words of the server', () => {
  const newer = { kind: 'frozen' } as unknown as TickWhy;
  expect(tickInChinese({ why: newer })).toBeUndefined();
  expect(tickInChinese({ why: late({ kind: 'asleep' } as unknown as Untaken) })).toBeUndefined();
  expect(tickInChinese({})).toBeUndefined();
});
