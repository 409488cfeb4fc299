// Why a run ended, in Chinese: from the facts of its record, as the server says it in English (`model::outcome::words`).
//
// Fetched by pages that tell of ends, and by readers of Chinese alone. What the host or the module said itself, a message or
// the name of a trap, stays as it is: it is looked up and quoted.

import type { Outcome } from '../../api/types';
import { bytes, sizeBytes } from '../../lib/quantity';
import { span } from './figures';

/** Throttled in fewer than this many of a hundred periods is not worth a word. */
const THROTTLED_PERCENT_MIN = 10;

const STOPS: Record<NonNullable<Outcome['stop']>, string> = {
  timeout: '已超时',
  killed: '被用户终止',
  replaced: '被新的触发点取代',
  handed_over: '节点已结束',
  cut_off: '节点与存储断开',
};

export const LOST: Record<Extract<Outcome['end'], { kind: 'lost' }>['why'], string> = {
  worker_ended: '运行期间节点已结束',
  shim_gone: '照看该运行的进程被终止',
  reboot: '运行期间机器重新启动',
  worker_gone: '节点已不存在',
  folder_gone: '节点的数据目录是新的',
  settled_by_hand: '由人工裁定',
  restored: '存储已从备份恢复',
};

const STAGES: Record<Extract<Outcome['end'], { kind: 'not_started' }>['stage'], string> = {
  claim: '认领',
  limits: '限制',
  folder: '运行目录',
  module: '模块',
  grants: '授权',
  cgroup: '控制组',
  mounts: '挂载',
  cwd: '工作目录',
  user: '账号',
  exec: '执行',
};

/** Returns why a run ended. */
export function outcomeInChinese(outcome: Outcome): string {
  const notes = [memoryNote, pidsNote, throttledNote, networkNote, outputNote];
  return [end(outcome), ...notes.map((note) => note(outcome)).filter((note) => note !== '')].join('；');
}

function end(outcome: Outcome): string {
  const { end, stop } = outcome;
  if (end.kind === 'not_started') return `未能启动（${STAGES[end.stage]}）：${end.message}`;
  if (end.kind === 'host_error') return `沙箱出错：${end.message}`;
  if (end.kind === 'lost') return `失联：${LOST[end.why]}`;
  return ended(outcome, end, stop) + leftovers(outcome);
}

type Ended = Exclude<Outcome['end'], { kind: 'not_started' | 'host_error' | 'lost' }>;

function ended(outcome: Outcome, end: Ended, stop: Outcome['stop']): string {
  const { limits, escalated } = outcome;
  if (stop) {
    const why = stop === 'timeout' && limits?.timeout ? `达到超时 ${span(limits.timeout)}` : STOPS[stop];
    const grace = limits?.grace ? `宽限期 ${span(limits.grace)} 后` : '宽限期后';
    return `已停止：${why}${escalated ? `，未响应 TERM，${grace}强制终止` : ''}`;
  }
  if (outcome.out_of_fuel) return `已停止：燃料${limits?.fuel ? `限制 ${count(limits.fuel)} ` : ''}已用尽`;
  if (end.kind === 'exited') return `退出码 ${end.code}`;
  if (outcome.out_of_memory) return `已终止：达到${memory(outcome)}`;
  if (end.kind === 'signaled') return `信号 ${end.signal}${end.core ? '，留下 core 文件' : ''}`;
  return `异常中止：${end.trap}`;
}

function leftovers({ leftovers_killed: left = 0 }: Outcome): string {
  return left > 0 ? `，终止了 ${count(left)} 个残留进程` : '';
}

function memoryNote(outcome: Outcome): string {
  const told = !outcome.stop && outcome.end.kind !== 'exited';
  if (!outcome.out_of_memory || told || outcome.out_of_fuel) return '';
  const isModule = outcome.usage?.fuel !== undefined && outcome.usage.fuel !== null;
  return `达到${memory(outcome)}：${isModule ? '更多内存被拒绝' : '内核终止了一个进程'}`;
}

function pidsNote({ usage, limits }: Outcome): string {
  const refused = usage?.pids_refused ?? 0;
  return refused > 0
    ? `达到进程数限制${limits?.pids ? ` ${limits.pids}` : ''}：拒绝创建 ${count(refused)} 次`
    : '';
}

function throttledNote({ usage }: Outcome): string {
  const { periods, throttled } = usage?.throttled ?? { periods: 0, throttled: 0 };
  const percent = periods > 0 ? Math.floor((throttled * 100) / periods) : 0;
  return percent >= THROTTLED_PERCENT_MIN ? `${percent} % 的时间受 CPU 限制` : '';
}

function networkNote({ usage }: Outcome): string {
  const refused = usage?.network_refused;
  return refused ? `网络被拒绝 ${count(refused.count)} 次：network 未授予 ${refused.first}` : '';
}

function outputNote({ output }: Outcome): string {
  if (output?.incomplete) return '输出的结尾已丢失';
  return output && output.dropped > 0 ? `${bytes(output.dropped)} 输出未保留` : '';
}

function memory({ limits, usage }: Outcome): string {
  const limit = limits?.memory ? ` ${limits.memory}` : '';
  const peak = sizeBytes(usage?.memory_peak);
  return `内存限制${limit}${peak === undefined ? '' : `，峰值 ${bytes(peak)}`}`;
}

const count = (value: number) => new Intl.NumberFormat('zh-CN').format(value);
