// What an alert told, in Chinese: from the kind of the notice and its figures, as the server says it in English
// (`model::alert::why`).
//
// Fetched by the history of alerts, and by readers of Chinese alone. Where a kind is not known here the server's words stand.

import type { Notice, NoticeWhy } from '../../api/types';
import { conditionWords } from '../../components/alerts/conditions';
import { bytes, count, sizeBytes } from '../../lib/quantity';
import { at, span } from './figures';
import { of, told, type Words, whereKnown } from './kinds';
import { outcomeInChinese } from './outcome';
import { MISSES, settledInChinese } from './settled';
import { UNTAKEN } from './ticks';

/** More of them in a row are not counted one by one. */
const STREAK_MAX = 20;

export const NOTICES: Words<NoticeWhy> = {
  ended: ({ outcome, streak }) => outcomeInChinese(outcome) + inARow(streak),
  settled: ({ how, streak }) => settledInChinese(how) + inARow(streak),
  recovered: ({ after, lasted }) => `已恢复：${after.map(conditionWords).join('、')}，持续 ${span(lasted)}`,
  overdue: ({ tick, deadline, start_deadline, untaken }) =>
    `${at(tick)} 的触发点到 ${at(deadline)} 仍未启动（start_deadline ${span(start_deadline)}）：${
      untaken ? told(UNTAKEN, untaken) : '匹配的节点都没有领取，原因见其日志'
    }`,
  missed: ({ from, to, why }) =>
    `${at(from)}${to === from ? '' : ` 至 ${at(to)}`} 的触发点没有运行：${of(MISSES, why)}`,
  long_running: ({ lasts, warn_after }) =>
    `已运行 ${span(lasts)}，仍在继续；“warn_after”为 ${span(warn_after)}`,
  facts_away: ({ away }) =>
    `运行记录的存储（MongoDB）已 ${span(away)} 没有应答：任务照常运行，结果和输出等待写入`,
  clock_off: ({ worker, off }) => `节点 ${worker} 的时钟${clock(off)}：不启动任何运行`,
  output_waits: ({ worker, waiting, runs }) =>
    `节点 ${worker} 上有 ${bytes(sizeBytes(waiting) ?? 0)} 输出等待写入，已达上限：${count(runs)} 个运行被阻塞`,
  disk_full: ({ worker, free_percent }) => `节点 ${worker} 上存放运行的磁盘将满：剩余 ${free_percent} %`,
  worker_gone: ({ worker, gone }) => `节点 ${worker} 已 ${span(gone)} 不在；若要永久移除，请先排空`,
  test: ({ by, channel }) => `${by} 正在测试渠道 ${channel}：可以送达`,
};

/** Returns what a notice tells; nothing where a kind of it is not known here. */
export function noticeInChinese({ why }: Pick<Notice, 'why'>): string | undefined {
  return why ? whereKnown(() => told(NOTICES, why)) : undefined;
}

function inARow(streak = 0): string {
  if (streak < 2) return '';
  return `（连续 ${streak > STREAK_MAX ? '超过 ' : ''}${count(Math.min(streak, STREAK_MAX))} 次）`;
}

function clock(off: Extract<NoticeWhy, { kind: 'clock_off' }>['off']): string {
  if (!off) return '不可信';
  return `比 ${off.against.join('、')} ${off.ahead_ms > 0 ? '快' : '慢'} ${span(`${Math.abs(off.ahead_ms)}ms`)}`;
}
