// What somebody was told, newest first, and what came of telling it by each channel.

import { Anchor, Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import {
  IconBellOff,
  IconCircleCheck,
  IconCircleX,
  IconHourglass,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import { messageOf } from '../../api/problem';
import { type AlertFilter, useAlertHistory } from '../../api/queries';
import type { Delivery, DeliveryState, Notice } from '../../api/types';
import { More } from '../../design/More';
import { useNow } from '../../design/now';
import { Panel } from '../../design/Panel';
import { Empty, Failure, Loading } from '../../design/States';
import { Time } from '../../design/Time';
import { TypedFilter } from '../../design/TypedFilter';
import { t, tx } from '../../i18n';
import { langOf } from '../../lib/language';
import { instant } from '../../lib/time';
import { inChinese } from '../inChinese';
import type { Tone } from '../status';
import classes from '../status.module.css';
import { Words } from '../Words';
import { conditions, conditionWords } from './conditions';

const STATES: Record<DeliveryState, { label: string; tone: Tone; icon: typeof IconBellOff }> = {
  sent: {
    get label() {
      return t('alerts.sent');
    },
    tone: 'good',
    icon: IconCircleCheck,
  },
  waiting: {
    get label() {
      return t('alerts.waiting');
    },
    tone: 'busy',
    icon: IconHourglass,
  },
  failed: {
    get label() {
      return t('common.failed');
    },
    tone: 'bad',
    icon: IconCircleX,
  },
  muted: {
    get label() {
      return t('alerts.muted');
    },
    tone: 'idle',
    icon: IconBellOff,
  },
  gone: {
    get label() {
      return t('alerts.channelGone');
    },
    tone: 'warn',
    icon: IconPlugConnectedX,
  },
};

const useChinese = inChinese(async () => (await import('../../i18n/zh/notices')).noticeInChinese);

const KEYS = ['job', 'condition', 'channel', 'state'] as const;

export function History() {
  const [params, setParams] = useSearchParams();
  const filter: AlertFilter = Object.fromEntries(KEYS.map((key) => [key, params.get(key) ?? undefined]));
  const set = (change: AlertFilter) => {
    const next = Object.entries({ ...filter, ...change }).filter((one): one is [string, string] => !!one[1]);
    setParams(Object.fromEntries(next), { replace: true });
  };
  const history = useAlertHistory(filter);
  const notices = history.data?.pages.flatMap((page) => page.items) ?? [];
  const narrowed = KEYS.some((key) => filter[key]);
  return (
    <Stack gap="sm">
      <Filters filter={filter} set={set} />
      {history.isPending ? (
        <Loading what={t('alerts.theAlerts')} />
      ) : history.isError && notices.length === 0 ? (
        <Failure
          title={t('alerts.theAlertsCannotBeRead')}
          message={messageOf(history.error)}
          retry={() => void history.refetch()}
        />
      ) : (
        <Panel flush>
          {notices.length === 0 ? (
            <Empty title={narrowed ? t('alerts.noAlertMatches') : t('alerts.nobodyWasToldOfAnything')}>
              {narrowed ? (
                <Button variant="default" onClick={() => setParams({}, { replace: true })}>
                  {t('common.clearTheFilters')}
                </Button>
              ) : (
                t('alerts.onceAChannelAndA')
              )}
            </Empty>
          ) : (
            <Notices notices={notices} />
          )}
          <More query={history} what={t('alerts.alerts')} />
        </Panel>
      )}
    </Stack>
  );
}

function Filters({ filter, set }: { filter: AlertFilter; set: (change: AlertFilter) => void }) {
  return (
    <Group component="search" gap="sm" align="flex-end" aria-label={t('alerts.filterAlerts')}>
      <TypedFilter
        label={t('common.job')}
        value={filter.job}
        placeholder={t('common.exactName')}
        onSettled={(job) => set({ job })}
      />
      <Select
        label={t('alerts.what')}
        size="xs"
        w={200}
        data={conditions()}
        value={filter.condition ?? null}
        onChange={(condition) => set({ condition: condition ?? undefined })}
        placeholder={t('alerts.anything')}
        clearable
        clearButtonProps={{ 'aria-label': t('alerts.anythingTitle') }}
      />
      <TypedFilter
        label={t('alerts.channel')}
        value={filter.channel}
        placeholder={t('common.any')}
        onSettled={(channel) => set({ channel })}
      />
      <Select
        label={t('alerts.delivery')}
        size="xs"
        w={140}
        data={Object.entries(STATES).map(([value, { label }]) => ({ value, label }))}
        value={filter.state ?? null}
        onChange={(state) => set({ state: state ?? undefined })}
        placeholder={t('common.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('alerts.anyDelivery') }}
      />
    </Group>
  );
}

function Notices({ notices }: { notices: Notice[] }) {
  const told = useChinese();
  return (
    <Table miw={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={110}>{t('common.when')}</Table.Th>
          <Table.Th>{t('alerts.what')}</Table.Th>
          <Table.Th w={190}>{t('alerts.about')}</Table.Th>
          <Table.Th w={260}>{t('alerts.told')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {notices.map((notice) => (
          <Table.Tr key={notice.id} data-notice={notice.id} style={{ verticalAlign: 'top' }}>
            <Table.Td>
              <Time at={notice.made_at} />
            </Table.Td>
            <Table.Td>
              <Text fw={500}>{conditionWords(notice.condition)}</Text>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                <Words said={notice.text} told={told?.(notice)} />
              </Text>
            </Table.Td>
            <Table.Td>
              <About notice={notice} />
            </Table.Td>
            <Table.Td>
              <Stack gap={4}>
                {notice.deliveries.map((delivery) => (
                  <Told key={delivery.channel} delivery={delivery} />
                ))}
                {notice.deliveries.length === 0 && <Text c="dimmed">{t('alerts.nobody')}</Text>}
              </Stack>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function About({ notice: { job, run, worker, condition } }: { notice: Notice }) {
  if (!job && !worker) return condition === 'test' ? t('alerts.aChannel') : t('alerts.theStore');
  return (
    <Stack gap={0}>
      {job && (
        <Anchor component={Link} href={`/jobs/${job}`} size="sm">
          {job}
        </Anchor>
      )}
      {run && (
        <Anchor component={Link} href={`/runs/${run}`} size="xs">
          {t('alerts.itsRun')}
        </Anchor>
      )}
      {worker && (
        <Text size="xs" c="dimmed">
          {tx('common.on', {
            worker: (
              <Anchor component={Link} href="/workers" size="xs" underline="always">
                {worker}
              </Anchor>
            ),
          })}
        </Text>
      )}
    </Stack>
  );
}

function Told({ delivery }: { delivery: Delivery }) {
  const { channel, state, tries = 0, at, not_before: next, error } = delivery;
  const now = useNow();
  const { label, tone, icon: Icon } = STATES[state];
  return (
    <div>
      <span className={classes.badge} data-tone={tone} data-delivery={state}>
        <Icon size={15} aria-hidden />
        {channel}: {label}
      </span>
      <Text size="xs" c="dimmed">
        {tries > 1 && t('alerts.tries', { tries })}
        {state === 'waiting' && next ? (
          (instant(next) ?? 0) > now ? (
            <>
              {tries > 0 ? t('alerts.again') : t('alerts.toBeSent')} <Time at={next} />
            </>
          ) : (
            t('alerts.aboutToBeSent')
          )
        ) : (
          at && <Time at={at} />
        )}
      </Text>
      {error && (
        <Text
          size="xs"
          c={tone === 'bad' ? 'var(--sg-bad)' : 'dimmed'}
          style={{ overflowWrap: 'anywhere' }}
          lang={langOf(error)}
        >
          {error}
        </Text>
      )}
    </div>
  );
}
