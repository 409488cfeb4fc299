// What somebody can be told of: the words for each condition, in groups.

import type { Condition } from '../../api/types';
import { t } from '../../i18n';
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
  get missed() {
    return t('alerts.aTickIsMissed');
  },
  get long_running() {
    return t('alerts.aRunLastsLong');
  },
  get recovered() {
    return t('alerts.itIsWellAgain');
  },
  get worker_down() {
    return t('alerts.aWorkerIsDown');
  },
  get clock_off() {
    return t('alerts.aWorkersClockIsOff');
  },
  get output_waits() {
    return t('alerts.outputWaitsOnAWorker');
  },
  get disk_full() {
    return t('alerts.aWorkersDiskIsFull');
  },
  get store_trouble() {
    return t('alerts.theStoreDoesNotAnswer');
  },
  get test() {
    return t('alerts.aTest');
  },
};

/** Returns a condition in words; one that this page does not know, as it is. */
export function conditionWords(condition: Condition): string {
  return OTHERS[condition] ?? (OF_RUNS.includes(condition) ? statusLook(condition).text : condition);
}

const choice = (value: Condition) => ({ value, label: conditionWords(value) });

/** All conditions that a rule or a mute may name, in groups. */
export const conditions = () => [
  { group: t('alerts.howARunEnded'), items: OF_RUNS.map(choice) },
  { group: t('alerts.ticksAndLongRuns'), items: (['missed', 'long_running'] as const).map(choice) },
  {
    group: t('alerts.workersAndStores'),
    items: (['worker_down', 'clock_off', 'output_waits', 'disk_full', 'store_trouble'] as const).map(choice),
  },
  { group: t('alerts.itsEnd'), items: [choice('recovered')] },
];
