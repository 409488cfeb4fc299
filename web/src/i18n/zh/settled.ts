// Why a tick or a run did not run, or ended without a worker that tells, in Chinese: as the server says it in English
// (`model::state::Settled`).

import type { Settled, Skip } from '../../api/types';
import { of, told, type Words } from './kinds';
import { LOST } from './outcome';

type Skipped = Skip['why'];
type Missed = Extract<Settled, { kind: 'missed' }>['why'];
export const SKIPS: Record<Skipped, string> = {
  overlap: '前一次运行仍在继续，任务的重叠策略不允许两个同时运行',
  replaced: '被更新的触发点取代',
  paused: '任务当时已暂停',
  edited: '启动之前任务已被重新保存',
  disabled: '任务当时未启用',
  deleted: '启动之前任务已被删除',
  killed: '启动之前已被终止',
  too_many_running: '同时运行数已达一个任务的上限',
  unplaced: '任务不再部署到此节点',
  restored: '存储已从备份恢复；此前是否运行过，以运行记录为准',
  several: '先后有多个原因，因当时运行记录的存储不可用而合并记录',
};

export const MISSES: Record<Missed, string> = {
  policy_none: '没有节点按时启动，且任务的错过策略为“none”',
  not_latest: '没有节点按时启动，且错过策略只补跑最新的一个',
  window: '没有节点按时启动，且已超出错过策略的时间窗口',
  max: '没有节点按时启动，且已达错过策略的补跑上限',
  deadline: '没有节点能在截止时间之前启动',
  worker_away: '其节点当时不在',
};

export const SETTLED: Words<Settled> = {
  lost: ({ why, by }) => `失联：${of(LOST, why)}${by ? `，操作者：${by}` : ''}`,
  killed_before: () => '启动之前已被终止',
  worker_ended_before: () => '未能启动：其节点进程在此之前已结束',
  skipped: (how) => skipped(how),
  missed: ({ why }) => of(MISSES, why),
};

/** Returns how it was settled. */
export function settledInChinese(how: Settled): string {
  return told(SETTLED, how);
}

/** Returns what decided against it, who, and which run was in the way. */
export function skipped({ why, by, run }: Skip): string {
  return `${of(SKIPS, why)}${by ? `，操作者：${by}` : ''}${run ? `（运行 ${run}）` : ''}`;
}
