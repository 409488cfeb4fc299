// Alerts: what was told and what came of it; where notices go, who hears of what, and what nobody hears of for a while.
//
// The tab is the path's end, so that the filters of the history stand in the address alone.

import { Alert, Anchor, Tabs, Text } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { useAlertPart, useMay } from '../api/queries';
import type { Mute } from '../api/types';
import { Channels } from '../components/alerts/Channels';
import { History } from '../components/alerts/History';
import { Mutes } from '../components/alerts/Mutes';
import { Rules } from '../components/alerts/Rules';
import { useNow } from '../design/now';
import { Page } from '../design/Page';
import { t } from '../i18n';
import { instant } from '../lib/time';

export function AlertsPage({ tab = 'history' }: { tab?: string }) {
  const may = useMay();
  const [, navigate] = useLocation();
  return (
    <Page title={t('common.alerts')} about={t('alerts.whatSomebodyWasToldAnd')}>
      {tab === 'history' && <MutedNow />}
      <Tabs
        value={tab}
        onChange={(next) => navigate(next === 'history' ? '/alerts' : `/alerts/${next}`)}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="history">{t('alerts.history')}</Tabs.Tab>
          <Tabs.Tab value="mutes">{t('alerts.mutes')}</Tabs.Tab>
          <Tabs.Tab value="rules">{t('alerts.rules')}</Tabs.Tab>
          {may('editor') && <Tabs.Tab value="channels">{t('alerts.channels')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="history">
          <History />
        </Tabs.Panel>
        <Tabs.Panel value="mutes">
          <Mutes />
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Rules />
        </Tabs.Panel>
        {may('editor') && (
          <Tabs.Panel value="channels">
            <Channels />
          </Tabs.Panel>
        )}
      </Tabs>
    </Page>
  );
}

/** A silence that somebody ordered must not be taken for one in which nothing is wrong. */
function MutedNow() {
  const now = useNow();
  const mutes = useAlertPart('mutes');
  const all: Mute[] = mutes.data && 'mutes' in mutes.data.list ? mutes.data.list.mutes : [];
  const live = all.filter(({ until }) => (instant(until) ?? 0) > now);
  if (live.length === 0) return null;
  return (
    <Alert color="yellow" variant="outline" py="xs">
      <Text size="sm">
        {live.length === 1
          ? t('alerts.aMuteKeepsAlertsBack')
          : t('alerts.mutesKeepAlertsBack', { count: live.length })}
        <Anchor component={Link} href="/alerts/mutes" size="sm" underline="always">
          {live.map(({ name }) => name).join(', ')}
        </Anchor>
      </Text>
    </Alert>
  );
}
