// What comes next, over all jobs: the load of the day ahead, where jobs pile up, and every tick in order.
//
// From when on and which ticks stands in the address, so that a view can be sent to somebody.

import { Badge, Button, Checkbox, Group, Select, Table, Text } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { messageOf } from '../api/problem';
import { type UpcomingFilter, useForecast, useUpcoming } from '../api/queries';
import type { UpcomingTick } from '../api/types';
import { KindMark } from '../components/KindMark';
import { LoadChart } from '../components/LoadChart';
import { Piles } from '../components/Piles';
import { More } from '../design/More';
import { useNow } from '../design/now';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { TypedFilter } from '../design/TypedFilter';
import { t, tx } from '../i18n';
import { hourMarks } from '../lib/forecast';
import { langOf } from '../lib/language';
import { instant, wall, wallOf } from '../lib/time';

const HOURS = 24;
const HOUR = 3_600_000;
const HELD = {
  get paused() {
    return t('upcoming.paused');
  },
  get disabled() {
    return t('common.disabled');
  },
};

export function UpcomingPage() {
  const [params, setParams] = useSearchParams();
  const from = params.get('from') ?? undefined;
  const include = params.get('include') ?? undefined;
  const job = params.get('job') ?? undefined;
  const set = (change: UpcomingFilter) => {
    const next = { from, include, job, ...change };
    const kept = Object.entries(next).filter((entry): entry is [string, string] => Boolean(entry[1]));
    setParams(Object.fromEntries(kept), { replace: true });
  };
  const pick = (at: number) => set({ from: new Date(at).toISOString() });
  return (
    <Page title={t('common.upcoming')} about={t('upcoming.everyTickThatLiesAhead')}>
      <Load onPick={pick} />
      <Ticks filter={{ from, include, job }} set={set} />
    </Page>
  );
}

function Load({ onPick }: { onPick: (at: number) => void }) {
  const forecast = useForecast(HOURS);
  if (forecast.isPending) return <Loading what={t('upcoming.theDayAhead')} />;
  if (!forecast.data) {
    return (
      <Failure
        title={t('upcoming.theDayAheadCannotBe')}
        message={messageOf(forecast.error)}
        retry={() => void forecast.refetch()}
      />
    );
  }
  const { total, jobs, piles } = forecast.data;
  return (
    <>
      <Panel
        title={t('upcoming.theNextHours', { hours: HOURS })}
        aside={
          <Text size="sm" c="dimmed">
            {t('upcoming.startsOfJobs', { total, jobs })}
          </Text>
        }
      >
        <LoadChart forecast={forecast.data} hours={HOURS} onPick={onPick} />
      </Panel>
      {piles.length > 0 && (
        <Panel title={t('upcoming.whereJobsPileUp')}>
          <Piles piles={piles} />
        </Panel>
      )}
    </>
  );
}

function Ticks({ filter, set }: { filter: UpcomingFilter; set: (change: UpcomingFilter) => void }) {
  const { from, include, job } = filter;
  const ticks = useUpcoming(filter);
  const found = ticks.data?.pages.flatMap((page) => page.ticks) ?? [];
  const held = include?.split(',') ?? [];
  const toggle = (which: string, on: boolean) =>
    set({ include: [...held.filter((other) => other !== which), ...(on ? [which] : [])].join(',') });
  return (
    <Panel
      title={t('common.ticks')}
      flush
      aside={
        <Group gap="md" align="flex-end">
          <Checkbox
            size="xs"
            label={t('upcoming.ofPausedJobs')}
            checked={held.includes('paused')}
            onChange={(event) => toggle('paused', event.currentTarget.checked)}
          />
          <Checkbox
            size="xs"
            label={t('upcoming.ofDisabledJobs')}
            checked={held.includes('disabled')}
            onChange={(event) => toggle('disabled', event.currentTarget.checked)}
          />
          <TypedFilter
            label={t('common.job')}
            value={job}
            placeholder={t('common.exactName')}
            onSettled={(name) => set({ job: name })}
          />
          <From from={from} set={(value) => set({ from: value })} />
        </Group>
      }
    >
      {ticks.isPending ? (
        <Loading what={t('upcoming.ticks')} />
      ) : ticks.isError && !ticks.data ? (
        <Failure
          title={t('upcoming.theTicksCannotBeRead')}
          message={messageOf(ticks.error)}
          retry={() => (from || job ? set({ from: undefined, job: undefined }) : void ticks.refetch())}
        />
      ) : found.length === 0 ? (
        <Empty title={t('upcoming.nothingFallsDue')}>
          {t('upcoming.noEnabledJobHasA')}{' '}
          <Button component={Link} href="/jobs" variant="default">
            {t('common.toTheJobs')}
          </Button>
        </Empty>
      ) : (
        <TickList ticks={found} />
      )}
      <More query={ticks} what={t('upcoming.ticks')} />
    </Panel>
  );
}

function From({ from, set }: { from?: string; set: (from?: string) => void }) {
  const now = useNow();
  const hours = hourMarks(now, HOURS, 1).map((at) => ({
    value: new Date(at).toISOString(),
    label: wall(at).slice(0, 16),
  }));
  // One that was picked in the chart, or came with the address, is a choice too.
  const known = !from || hours.some(({ value }) => value === from);
  const picked = known ? [] : [{ value: from, label: wall(instant(from) ?? now).slice(0, 16) }];
  return (
    <Select
      size="xs"
      w={190}
      label={t('upcoming.from')}
      data={[...picked, ...hours]}
      value={from ?? null}
      onChange={(value) => set(value ?? undefined)}
      placeholder={t('upcoming.fromNow')}
      clearable
      clearButtonProps={{ 'aria-label': t('upcoming.fromNowTitle') }}
    />
  );
}

function TickList({ ticks }: { ticks: UpcomingTick[] }) {
  const soon = useNow() + HOUR;
  return (
    <Table highlightOnHover miw={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={110}>{t('upcoming.in')}</Table.Th>
          <Table.Th w={170}>{t('upcoming.at')}</Table.Th>
          <Table.Th>{t('common.job')}</Table.Th>
          <Table.Th w={90}>{t('common.kind')}</Table.Th>
          <Table.Th>{t('upcoming.inItsZone')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {ticks.map((tick) => (
          <Table.Tr key={`${tick.job} ${tick.scheduled_at}`} data-tick={tick.job}>
            <Table.Td>
              <Time
                at={tick.scheduled_at}
                zone={tick.zone}
                as={(instant(tick.scheduled_at) ?? 0) < soon ? 'countdown' : 'relative'}
              />
            </Table.Td>
            <Table.Td>
              <Time at={tick.scheduled_at} zone={tick.zone} as="wall" />
            </Table.Td>
            <Table.Td>
              <Group gap="xs">
                <Link href={`/jobs/${tick.job}`} className="plain">
                  <Text span fw={600}>
                    {tick.job}
                  </Text>
                </Link>
                {tick.held && <Badge variant="default">{HELD[tick.held]}</Badge>}
              </Group>
            </Table.Td>
            <Table.Td>
              <KindMark kind={tick.kind} />
            </Table.Td>
            <Table.Td>
              {wallOf(tick.local)} {tick.zone}
              {tick.due_at && (
                <Text size="xs" c="dimmed">
                  {tx('upcoming.byItsJitterAt', { at: <Time at={tick.due_at} as="wall" /> })}
                </Text>
              )}
              {tick.note && (
                <Text size="xs" c="var(--sg-warn)" lang={langOf(tick.note)}>
                  {tick.note}
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
