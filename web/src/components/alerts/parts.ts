// What the lists of the alerts' settings are called.

import type { AlertPart } from '../../api/queries';
import { t } from '../../i18n';

/** Returns the name of a list, as it stands within a sentence. */
export function partWords(part: AlertPart): string {
  return { channels: t('alerts.partChannels'), rules: t('alerts.partRules'), mutes: t('alerts.partMutes') }[
    part
  ];
}
