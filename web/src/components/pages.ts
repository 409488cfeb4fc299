// The pages that one goes to: their names, their marks, the keys that lead there, and who may see them.

import {
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

type Entry = { to: string; label: string; icon: typeof IconUsers; keys: string; least?: Role };

const PAGES: readonly Entry[] = [
  { to: '/', label: 'Home', icon: IconHome, keys: 'g h' },
  { to: '/jobs', label: 'Jobs', icon: IconCalendarTime, keys: 'g j' },
  { to: '/runs', label: 'Runs', icon: IconListDetails, keys: 'g r' },
  { to: '/upcoming', label: 'Upcoming', icon: IconCalendarStats, keys: 'g u' },
  { to: '/modules', label: 'Modules', icon: IconBoxModel2, keys: 'g m' },
  { to: '/workers', label: 'Workers', icon: IconServer2, keys: 'g w' },
  { to: '/alerts', label: 'Alerts', icon: IconBell, keys: 'g l' },
  { to: '/users', label: 'Users', icon: IconUsers, keys: 'g p', least: 'admin' },
  { to: '/audit', label: 'Audit', icon: IconHistory, keys: 'g a', least: 'admin' },
];

/** Returns the pages that who is in may see. */
export function usePages(): Entry[] {
  const may = useMay();
  return PAGES.filter(({ least }) => !least || may(least));
}
