// What the server refuses, in Chinese, by the stable code of the problem; fetched with the first problem that a reader of
// Chinese meets.
//
// Only codes that say all of it: where the server's sentence names what is wrong, it stands as it is. What is wrong with
// fields has words of its own, which are fetched with the first of these.

import type { ProblemError } from '../../api/problem';

export const problems: Record<string, string> = {
  busy: '其他人同时在修改，未做任何更改；请重试。',
  job_gone: '该任务已被删除。',
  last_admin: '最后一位管理员必须保留。',
  name_taken: '已有同名任务。',
  no_worker: '当前没有可以运行该任务的节点。',
  not_found: '未找到，可能已被删除。',
  not_logged_in: '尚未登录。',
  revision_deleted: '任务在该版本已被删除，没有可还原的内容。',
  right_withheld: '您没有保存此类任务的权利；管理员可以恢复。',
  role_too_low: '您的角色不允许此操作。',
  run_not_ended: '该运行尚未结束。',
  session_ended: '会话已结束，请重新登录。',
  set_changed: '范围已发生变化，与显示的不一致；未做任何更改，请重新查看。',
  store_unavailable: '存储暂时不可用，未做任何更改；请稍后重试。',
  user_exists: '已有同名用户。',
  wrong_password: '用户名或密码不正确。',
};

/** Puts Chinese words to what of a problem has some; the server's stand where the table cannot be had. */
export async function tell(problem: ProblemError): Promise<void> {
  problem.words = problems[problem.code];
  if (problem.errors.length === 0) return;
  const known = await import('./faults').catch(() => undefined);
  if (!known) return;
  problem.words ??= known.together(problem.errors);
  problem.errors = problem.errors.map(known.inChinese);
}
