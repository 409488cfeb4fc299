// Chinese of what holds for all masters.

import type { Texts } from '..';

export const settings: Texts<'settings'> = {
  theSettings: '设置',
  theSettingsCannotBeRead: '无法读取设置',
  whatHoldsForAllMasters: '在这里设置的值对所有主控同时生效。未设置的，以各主控自己的配置为准。',
  onlyForAdmins: '设置仅供管理员使用',
  youAreLoggedInAs:
    '您当前以 {user} 登录，角色为 {role}。管理员可以更改设置，也可以在“用户”页面调整您的角色。',
  sessions: '会话',
  howLongThingsAreKept: '保留期限',
  session: '会话时长',
  sessionHelp:
    '登录后保持登录状态的时间；已经开始的会话仍按原定时间结束。填写带单位（m、h、d）的数值，例如 12h 或 7d，范围 1m 至 365d。',
  audit: '审计与告警',
  auditHelp: '审计记录和已发出的告警保留多少天：1 至 3650。',
  revisionsMax: '任务版本数',
  revisionsMaxHelp: '每个任务保留最新的多少个版本：1 至 10000。',
  revisionsDays: '被替换的版本',
  revisionsDaysHelp: '版本被替换后再保留多少天：1 至 3650。当前版本始终保留。',
  ranges: '未运行的触发点',
  rangesHelp: '哪些触发点没有运行及其原因保留多少天：1 至 3650。',
  daysUnit: '天',
  revisionsUnit: '个版本',
  days: '{count} 天',
  revisions: '{count} 个版本',
  inForce: '当前生效',
  comesFrom: '来源',
  setHere: '在此设置',
  theConfiguration: '配置',
  asConfigured: '以配置为准',
  asConfiguredTitle: '恢复为配置值',
  asConfiguredOf: '恢复为配置值：{label}',
  discardMyChanges: '放弃我的更改',
  theSettingsAreSaved: '设置已保存',
  theyHoldForAllMasters: '即刻起对所有主控生效。',
  keepForShorterAsk: '缩短保留期限？',
  whatIsBeyondThatIs: '超出部分将被移除，且无法找回。',
  somebodyElseChangedThem: '在此期间，其他人更改了设置',
  yourChangesAreStillHere: '尚未保存任何内容，您的更改仍在表单中。',
  bothAreAlike: '没有差异：两者一致。',
};
