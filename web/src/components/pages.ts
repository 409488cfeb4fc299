// The pages that one goes to: their names, their marks, and the keys that lead there.

import {
  IconBoxModel2,
  IconCalendarStats,
  IconCalendarTime,
  IconListDetails,
  IconServer2,
} from '@tabler/icons-react';

export const PAGES = [
  { to: '/jobs', label: 'Jobs', icon: IconCalendarTime, keys: 'g j' },
  { to: '/runs', label: 'Runs', icon: IconListDetails, keys: 'g r' },
  { to: '/upcoming', label: 'Upcoming', icon: IconCalendarStats, keys: 'g u' },
  { to: '/modules', label: 'Modules', icon: IconBoxModel2, keys: 'g m' },
  { to: '/workers', label: 'Workers', icon: IconServer2, keys: 'g w' },
] as const;
