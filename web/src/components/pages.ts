// The pages that one goes to: their names, their marks, the keys that lead there, and who may see them.

import {
  IconAdjustments,
  IconBell,
  IconBoxModel2,
  IconCalendarStats,
  IconCalendarTime,
  IconHistory,
  IconHome,
  IconListDetails,
  IconServer2,
  IconUsers,
} from '@tabler/icons-react';
import { useMay } from '../api/queries';
import type { Role } from '../api/types';
import { t } from '../i18n';

type Entry = { to: string; label: string; icon: typeof IconUsers; keys: string; least?: Role };

const PAGES: readonly Entry[] = [
  {
    to: '/',
    get label() {
      return t('common.home');
    },
    icon: IconHome,
    keys: 'g h',
  },
  {
    to: '/jobs',
    get label() {
      return t('common.jobs');
    },
    icon: IconCalendarTime,
    keys: 'g j',
  },
  {
    to: '/runs',
    get label() {
      return t('common.runs');
    },
    icon: IconListDetails,
    keys: 'g r',
  },
  {
    to: '/upcoming',
    get label() {
      return t('common.upcoming');
    },
    icon: IconCalendarStats,
    keys: 'g u',
  },
  {
    to: '/modules',
    get label() {
      return t('common.modules');
    },
    icon: IconBoxModel2,
    keys: 'g m',
  },
  {
    to: '/workers',
    get label() {
      return t('common.workers');
    },
    icon: IconServer2,
    keys: 'g w',
  },
  {
    to: '/alerts',
    get label() {
      return t('common.alerts');
    },
    icon: IconBell,
    keys: 'g l',
  },
  {
    to: '/users',
    get label() {
      return t('common.users');
    },
    icon: IconUsers,
    keys: 'g p',
    least: 'admin',
  },
  {
    to: '/audit',
    get label() {
      return t('common.audit');
    },
    icon: IconHistory,
    keys: 'g a',
    least: 'admin',
  },
  {
    to: '/settings',
    get label() {
      return t('common.settings');
    },
    icon: IconAdjustments,
    keys: 'g s',
    least: 'admin',
  },
];

/** Returns the pages that who is in may see. */
export function usePages(): Entry[] {
  const may = useMay();
  return PAGES.filter(({ least }) => !least || may(least));
}
