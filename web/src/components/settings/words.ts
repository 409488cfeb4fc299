// What each setting is called, what it does, and what a change of some changes.

import { t } from '../../i18n';
import { type SettingName, type SettingsForm, valueWords } from '../../lib/settings';

/** `unit` stands in the field; a span has its unit within what is typed. */
export type SettingWords = { label: string; help: string; unit?: string };

export function wordsOf(name: SettingName): SettingWords {
  switch (name) {
    case 'session_ttl':
      return { label: t('settings.session'), help: t('settings.sessionHelp') };
    case 'audit_days':
      return { label: t('settings.audit'), help: t('settings.auditHelp'), unit: t('settings.daysUnit') };
    case 'revisions_max':
      return {
        label: t('settings.revisionsMax'),
        help: t('settings.revisionsMaxHelp'),
        unit: t('settings.revisionsUnit'),
      };
    case 'revisions_days':
      return {
        label: t('settings.revisionsDays'),
        help: t('settings.revisionsDaysHelp'),
        unit: t('settings.daysUnit'),
      };
    case 'ranges_days':
      return { label: t('settings.ranges'), help: t('settings.rangesHelp'), unit: t('settings.daysUnit') };
  }
}

/** A setting before and after, each in words. */
export type Told = { path: string; before: string; after: string };

/** Returns what differs between two forms, in words. */
export function told(names: SettingName[], before: SettingsForm, after: SettingsForm): Told[] {
  return names.map((name) => ({
    path: wordsOf(name).label,
    before: valueWords(name, before[name]),
    after: valueWords(name, after[name]),
  }));
}
