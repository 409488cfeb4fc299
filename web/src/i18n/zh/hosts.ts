// What the owner of a worker should know of its host, in Chinese: from the kind of the note and its figures, as the worker says it
// in English (`model::host_note`). What the host said itself stays as it said it.

import type { HostNote } from '../../api/types';
import { isolationWords } from '../../lib/isolation';
import { bytes, count, sizeBytes } from '../../lib/quantity';
import { at } from './figures';
import { told, type Words, whereKnown } from './kinds';

export const HOST_NOTES: Words<HostNote> = {
  scripts_off: () => 'Shell 任务已被节点的所有者关闭',
  own_user_ids: ({ range, isolation }) =>
    `未指定用户的任务各用 ${range} 中自己的用户编号运行：${isolationWords(isolation)}`,
  shared_user: ({ user, isolation }) => `未指定用户的任务以 ${user} 运行：${isolationWords(isolation)}`,
  needs_user: ({ why }) => `未指定用户的任务会被拒绝：${why}`,
  own_namespace: () => '每个任务有自己的进程命名空间，只能看到自己的进程',
  no_namespace: ({ why }) => `所有任务都会被拒绝：“[shell]”中设有“pid_namespace = true”，但 ${why}`,
  no_own_tmp: ({ why }) => `任务没有自己的 /tmp 和 /dev/shm：${why}`,
  no_supervisor: ({ why }) => `Shell 运行会随此进程结束，因为无法启动看护进程：${why}`,
  memory_uncapped: ({ why }) => `全部任务合计的内存没有上限：${why}`,
  processor_shared: ({ why }) => `任务与存储同等争用处理器：${why}`,
  disk_shared: ({ why }) => `任务与存储同等争用磁盘：${why}`,
  modules_apart: ({ user, uid, isolation }) =>
    `模块在独立进程中以 ${user}（${uid}）运行：${isolationWords(isolation)}`,
  modules_inside: () => '模块在此进程内以其用户运行',
  modules_need_user: ({ why }) => `未指定用户的模块会被拒绝：${why}`,
  modules_memory: ({ memory, by }) => `同一用户的全部模块共有 ${bytes(sizeBytes(memory) ?? 0)} 内存（${by}）`,
  modules_memory_unbounded: ({ why }) => `全部模块合计的内存没有上限：${why}`,
  open_files: ({ allowed, needed }) =>
    `全部模块合计最多可打开 ${count(allowed)} 个文件，而可能需要 ${count(needed)} 个：请提高节点的上限（其服务的 LimitNOFILE）`,
  host_ended: ({ times, how, at: last }) =>
    `节点启动以来，运行模块的进程已自行结束 ${count(times)} 次；最近一次在 ${at(last)}：${how}`,
  no_module_runs: ({ why }) => `无法运行任何模块：${why}`,
  no_pool: () => '没有实例池：模块启动较慢',
};

/** Returns a note; nothing where its kind is not known here. */
export function hostNoteInChinese(note: HostNote): string | undefined {
  return whereKnown(() => told(HOST_NOTES, note));
}
