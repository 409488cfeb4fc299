// What stands around every page: the name, the way to the pages, who is in, and what is wrong with the house.

import { ActionIcon, AppShell, Burger, Group, Menu, NavLink, ScrollArea, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { IconApi, IconKey, IconLogout, IconSearch, IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Link, useLocation } from 'wouter';
import { request } from '../api/client';
import { useSession } from '../api/queries';
import { Boundary } from '../design/Boundary';
import { SchemeToggle } from '../design/SchemeToggle';
import { t } from '../i18n';
import { at } from '../lib/base';
import { HostBanner } from './HostBanner';
import { LanguageItems } from './LanguageMenu';
import { LoginAgain } from './LoginAgain';
import { Palette } from './Palette';
import { usePages } from './pages';
import { Shortcuts } from './Shortcuts';
import { failed } from './toast';

export function Shell({ children }: { children: ReactNode }) {
  const [open, menu] = useDisclosure(false);
  const [location] = useLocation();
  const pages = usePages();
  useScrollToTop(location);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 176, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <a className="skip" href="#content">
        {t('shell.skipToTheContent')}
      </a>
      <AppShell.Header bg="var(--sg-surface)">
        <Group h="100%" px="md" justify="space-between">
          <Group gap="xs">
            <Burger
              opened={open}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={open ? t('shell.closeTheMenu') : t('shell.openTheMenu')}
            />
            <Link href="/" className="plain">
              <Group gap={8}>
                <img src={at('/favicon.svg')} width={20} height={20} alt="" />
                <Text fw={600} size="lg">
                  Sandglass
                </Text>
              </Group>
            </Link>
          </Group>
          <Group gap={4}>
            <Tooltip label={t('shell.findAJobOrAPageCtrlK')}>
              <ActionIcon variant="subtle" aria-label={t('shell.findAJobOrA')} onClick={spotlight.open}>
                <IconSearch size={20} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <SchemeToggle />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar bg="var(--sg-surface)" p="xs">
        <ScrollArea component="nav" aria-label={t('shell.pages')}>
          {pages.map(({ to, label, icon: Icon }) => {
            const active = location === to || location.startsWith(`${to}/`);
            return (
              <NavLink
                key={to}
                component={Link}
                href={to}
                label={label}
                active={active}
                aria-current={active ? 'page' : undefined}
                leftSection={<Icon size={18} aria-hidden />}
                onClick={menu.close}
                style={{ borderRadius: 'var(--mantine-radius-sm)' }}
              />
            );
          })}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: 'none' }}>
        <HostBanner />
        <Boundary key={location}>{children}</Boundary>
      </AppShell.Main>
      <Palette />
      <LoginAgain />
      <Shortcuts />
    </AppShell>
  );
}

function useScrollToTop(location: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page begins at its top
  useEffect(() => {
    // Newer browsers return a promise here, which is no way to take an effect back.
    window.scrollTo(0, 0);
  }, [location]);
}

function Account() {
  const session = useSession();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const leave = async () => {
    try {
      await request('delete', '/api/v1/session', {});
    } catch (error) {
      return failed(t('shell.couldNotLogOut'), error);
    }
    client.clear();
    navigate('/login');
  };
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          aria-label={t('shell.account', { user: session.data?.user ?? t('common.unknown') })}
        >
          <IconUserCircle size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('shell.loggedInAs', { user: session.data?.user ?? '\u2026' })}</Menu.Label>
        <Menu.Item component={Link} href="/account" leftSection={<IconKey size={16} aria-hidden />}>
          {t('shell.passwordAndTokens')}
        </Menu.Item>
        <Menu.Item component={Link} href="/docs" leftSection={<IconApi size={16} aria-hidden />}>
          {t('shell.interfaceForPrograms')}
        </Menu.Item>
        <Menu.Divider />
        <LanguageItems />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          {t('shell.logOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
