// Switches between light, dark and what the system says.

import { ActionIcon, Tooltip, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { t } from '../i18n';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const ICON = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon };

export function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = NEXT[colorScheme];
  const Icon = ICON[colorScheme];
  const words = { auto: t('shell.auto'), light: t('shell.light'), dark: t('shell.dark') };
  const label = t('shell.coloursSwitchTo', { now: words[colorScheme], next: words[next] });
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} variant="subtle" onClick={() => setColorScheme(next)}>
        <Icon size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
