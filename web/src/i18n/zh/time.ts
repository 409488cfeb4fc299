// Chinese of instants and durations.

import type { Texts } from '..';

export const time: Texts<'time'> = {
  minS: '{n} 分 {rest} 秒',
  min: '{n} 分钟',
  hMin: '{n} 小时 {rest} 分',
  h: '{n} 小时',
  dH: '{n} 天 {rest} 小时',
  d: '{n} 天',
  justNow: '刚刚',
  in: '{words}后',
  ago: '{words}前',
  due: '到期',
};
