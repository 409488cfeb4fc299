// The Chinese of ends: every end and note that the server has words for, with its figures.

import { beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../../api/types';
import { choose } from '..';
import { outcomeInChinese } from './outcome';

beforeAll(() => choose('zh'));

const AT = '2026-11-23T12:00:00Z';
const LIMITS = { timeout: '5s', grace: '2s', memory: '64MiB', pids: 64, fuel: 1_000_000 };

function outcome(end: Outcome['end'], rest: Partial<Outcome> = {}): Outcome {
  const usage = { memory_peak: '64MiB', ...rest.usage };
  return { end, started_at: AT, ended_at: AT, limits: LIMITS, ...rest, usage } as Outcome;
}

const exited = (code: number): Outcome['end'] => ({ kind: 'exited', code });
const signaled = (signal: number, core = false): Outcome['end'] => ({ kind: 'signaled', signal, core });
const TRAPPED: Outcome['end'] = { kind: 'trapped', trap: 'unreachable' };

test.each<[Outcome, string]>([
  [outcome(exited(3)), '退出码 3'],
  [outcome(exited(0), { leftovers_killed: 2 }), '退出码 0，终止了 2 个残留进程'],
  [outcome(signaled(40, true)), '信号 40，留下 core 文件'],
  [outcome(signaled(9), { out_of_memory: true }), '已终止：达到内存限制 64MiB，峰值 64 MiB'],
  [
    outcome(exited(137), { out_of_memory: true }),
    '退出码 137；达到内存限制 64MiB，峰值 64 MiB：内核终止了一个进程',
  ],
  [
    outcome(exited(0), { out_of_memory: true, usage: { fuel: 7 } }),
    '退出码 0；达到内存限制 64MiB，峰值 64 MiB：更多内存被拒绝',
  ],
  [
    outcome(signaled(9), { stop: 'timeout', escalated: true }),
    '已停止：达到超时 5.0 秒，未响应 TERM，宽限期 2.0 秒 后强制终止',
  ],
  [outcome(signaled(15), { stop: 'killed' }), '已停止：被用户终止'],
  [outcome(exited(1), { usage: { pids_refused: 3104 } }), '退出码 1；达到进程数限制 64：拒绝创建 3,104 次'],
  [
    outcome(exited(0), { usage: { throttled: { periods: 50, throttled: 41, time: '9s' } } }),
    '退出码 0；82 % 的时间受 CPU 限制',
  ],
  [outcome(exited(0), { usage: { throttled: { periods: 50, throttled: 2, time: '1s' } } }), '退出码 0'],
  [
    outcome(exited(1), { usage: { network_refused: { count: 2, first: '10.0.0.7:22' } } }),
    '退出码 1；网络被拒绝 2 次：network 未授予 10.0.0.7:22',
  ],
  [outcome(exited(0), { output: { kept: 0, dropped: 2 ** 31 } }), '退出码 0；2 GiB 输出未保留'],
  [outcome(TRAPPED, { out_of_fuel: true }), '已停止：燃料限制 1,000,000 已用尽'],
  [outcome(TRAPPED), '异常中止：unreachable'],
  [
    outcome({ kind: 'lost', why: 'worker_ended' }, { output: { kept: 0, dropped: 0, incomplete: true } }),
    '失联：运行期间节点已结束；输出的结尾已丢失',
  ],
  [outcome({ kind: 'not_started', stage: 'exec', message: 'no `x`' }), '未能启动（执行）：no `x`'],
  [outcome({ kind: 'host_error', message: 'no space' }), '沙箱出错：no space'],
  [outcome(signaled(9), { stop: 'timeout', limits: null }), '已停止：已超时'],
])('%#: %s', (ended, words) => {
  expect(outcomeInChinese(ended)).toBe(words);
});
