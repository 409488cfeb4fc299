// What the isolation of a shell job is called.

import type { Outcome } from '../api/types';
import { t } from '../i18n';

export type Isolation = NonNullable<Outcome['ran_as']>['isolation'];

/** Returns the words for it, as `sandglass check` has them. */
export function isolationWords(isolation: Isolation): string {
  return isolation === 'isolated' ? t('workers.isolated') : t('workers.containedAgainstAccidentsNotIsolated');
}
