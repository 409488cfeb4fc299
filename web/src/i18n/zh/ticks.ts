// What became of a due moment and why, in Chinese: from the kind of the reason and its figures, as the server says it in English
// (`master::ledger::words`).
//
// Fetched by pages that show due moments, and by readers of Chinese alone. A kind that this page does not know yet has no
// text here: the server's words stand then.

import type { Obstacle, TickView, TickWhy, Untaken } from '../../api/types';
import { count } from '../../lib/quantity';
import { at, span } from './figures';
import { of, told, type Words, whereKnown } from './kinds';
import { outcomeInChinese } from './outcome';
import { MISSES, settledInChinese, skipped } from './settled';

type Clock = NonNullable<TickView['clocks']>[number];
type Change = Clock['event']['change'];

export const OBSTACLES: Record<Obstacle, string> = {
  no_scripts: '不启动脚本（“sandglass job check”会说明原因）',
  no_modules: '不启动模块（“sandglass job check”会说明原因）',
  draining: '正在排空',
  clock_off: '时钟不准',
  waits_for_facts: '正在等待运行记录的存储（MongoDB）写入较早运行的结果',
  full: '没有空闲槽位',
};

export const UNTAKEN: Words<Untaken> = {
  no_worker: () => '没有存活的节点',
  away: ({ worker }) => `节点 ${worker} 不在`,
  there: ({ worker, obstacle }) => `节点 ${worker} ${of(OBSTACLES, obstacle)}`,
  no_labels: ({ labels, workers }) =>
    `${workers === 1 ? '唯一存活的节点没有' : `存活的 ${count(workers)} 个节点都没有`}标签 ${Object.entries(
      labels,
    )
      .map(([key, value]) => `${key}=${value}`)
      .join('、')}`,
  obstacles: ({ obstacles: all }) => {
    const [one, ...more] = all;
    if (one && more.length === 0) return `所有匹配的节点都${of(OBSTACLES, one.obstacle)}`;
    const each = all.map(({ obstacle, workers }) => `${count(workers)} 个${of(OBSTACLES, obstacle)}`);
    return `匹配的节点中，${each.join('，')}`;
  },
};

export const REASONS: Words<TickWhy> = {
  exited: ({ code }) => `退出码 ${code}`,
  ended: ({ outcome }) => outcomeInChinese(outcome),
  settled: ({ how }) => settledInChinese(how),
  stands: ({ worker }) => `在节点 ${worker} 上`,
  claimed: ({ worker }) => `已由节点 ${worker} 认领`,
  retry: ({ attempt, not_before }) => `将进行第 ${attempt} 次尝试，不早于 ${at(not_before)}`,
  replaces: ({ until }) => `等待前一次运行停止，最迟到 ${at(until)}`,
  skipped: (why) => skipped(why),
  missed: ({ why, untaken }) => of(MISSES, why) + because(untaken),
  nobody_placed: () => '任务所部署的节点当时都不在',
  undelivered: () => '已有归属或结果，其记录尚未送达',
  facts_away: () => '已有归属或结果，但保存它的运行记录存储（MongoDB）没有应答',
  paused: ({ by, note }) => `任务已由 ${by} 暂停${note ? `：${note}` : ''}`,
  not_due: ({ due }) => `${at(due)} 到期`,
  run_in_the_way: ({ run }) => `运行 ${run} 仍在继续；它结束后将跳过此触发点`,
  retry_in_the_way: ({ attempt, not_before }) =>
    `较早的触发点还有第 ${attempt} 次尝试，不早于 ${at(not_before)}；它结束后将跳过此触发点`,
  late: ({ until, untaken }) =>
    `已延迟：${untaken ? told(UNTAKEN, untaken) : '尚无节点领取'}；最迟可在 ${at(until)} 启动`,
  policy_decides: ({ untaken }) => `没有节点按时启动${because(untaken)}；待有节点领取时，由错过策略决定`,
  policy_decides_there: ({ untaken }) =>
    `其节点没有按时启动${because(untaken)}；该节点在一天内恢复后，由错过策略决定`,
};

export const CLOCKS: Record<Change, (by: string, at: string) => string> = {
  set_forward: (by, at) => `的时钟被拨快 ${by}，发现于 ${at}`,
  set_back: (by, at) => `的时钟被拨慢 ${by}，发现于 ${at}`,
  slept: (by, at) => `的机器休眠了 ${by}，直到 ${at}`,
};

/** Returns why this became of a tick; nothing where a kind of it is not known here. */
export function tickInChinese({ why, clocks = [] }: Pick<TickView, 'why' | 'clocks'>): string | undefined {
  if (!why) return undefined;
  return whereKnown(() => [told(REASONS, why), ...clocks.map(clock)].join('；'));
}

function because(why: Untaken | null | undefined): string {
  return why ? `：${told(UNTAKEN, why)}` : '';
}

function clock({ worker, event }: Clock): string {
  return `节点 ${worker} ${of(CLOCKS, event.change)(span(event.by), at(event.at))}`;
}
