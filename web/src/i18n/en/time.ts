// English of instants and durations.

export const time = {
  minS: '{n} min {rest} s',
  min: '{n} min',
  hMin: '{n} h {rest} min',
  h: '{n} h',
  dH: '{n} d {rest} h',
  d: '{n} d',
  justNow: 'just now',
  in: 'in {words}',
  ago: '{words} ago',
  due: 'due',
} as const;
