// What somebody can be told of: the words for each condition, in groups.

import type { Condition } from '../../api/types';
import { statusLook } from '../status';

const OF_RUNS: Condition[] = [
  'failed',
  'timed_out',
  'out_of_memory',
  'out_of_fuel',
  'trapped',
  'not_started',
  'host_error',
  'lost',
  'killed',
  'skipped',
];

const OTHERS: Partial<Record<Condition, string>> = {
  missed: 'A tick is missed',
  long_running: 'A run lasts long',
  recovered: 'It is well again',
  worker_down: 'A worker is down',
  clock_off: "A worker's clock is off",
  output_waits: 'Output waits on a worker',
  disk_full: "A worker's disk is full",
  store_trouble: 'The store does not answer',
  test: 'A test',
};

/** Returns a condition in words; one that this page does not know, as it is. */
export function conditionWords(condition: Condition): string {
  return OTHERS[condition] ?? (OF_RUNS.includes(condition) ? statusLook(condition).text : condition);
}

const choice = (value: Condition) => ({ value, label: conditionWords(value) });

/** All conditions that a rule or a mute may name, in groups. */
export const CONDITIONS = [
  { group: 'How a run ended', items: OF_RUNS.map(choice) },
  { group: 'Ticks and long runs', items: (['missed', 'long_running'] as const).map(choice) },
  {
    group: 'Workers and stores',
    items: (['worker_down', 'clock_off', 'output_waits', 'disk_full', 'store_trouble'] as const).map(choice),
  },
  { group: 'Its end', items: [choice('recovered')] },
];
