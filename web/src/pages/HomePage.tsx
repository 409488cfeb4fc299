// The first page: how it is, what runs, what comes next, what went wrong. What an operator keeps open.
//
// Read again when something happens (one stream of events), so that it says within a second what became of a run.

import { Anchor, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../api/problem';
import { FirstJob } from '../components/home/FirstJob';
import { HourChart } from '../components/home/HourChart';
import classes from '../components/home/home.module.css';
import { NextUp, WentWrong } from '../components/home/Lists';
import {
  BAD,
  dayAgo,
  GONE,
  UNDER_WAY,
  useHomeLive,
  useJobCounts,
  useNext,
  useRunning,
  useStats,
  useWrong,
} from '../components/home/queries';
import { RunningNow } from '../components/home/RunningNow';
import { Tiles } from '../components/home/Tiles';
import { useFleetState } from '../components/useFleet';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Failure, Loading } from '../design/States';
import { t, tx } from '../i18n';

export function HomePage() {
  useHomeLive();
  const jobs = useJobCounts();
  const stats = useStats();
  const nothingYet = jobs.data?.all === 0 && stats.data?.total.runs === 0;
  return (
    <Page title={t('common.home')} about={<Live />}>
      {nothingYet ? <FirstJob /> : <Overview jobs={jobs.data} stats={stats} />}
    </Page>
  );
}

function Live() {
  const state = useFleetState();
  return (
    <span role="status" data-live={state}>
      {state === 'waiting' ? t('home.reconnectingWhatYouSeeMay') : t('home.howItIsNowAnd')}
    </span>
  );
}

type OverviewProps = { jobs: ReturnType<typeof useJobCounts>['data']; stats: ReturnType<typeof useStats> };

function Overview({ jobs, stats }: OverviewProps) {
  const running = useRunning();
  const wrong = useWrong();
  const next = useNext();
  const since = encodeURIComponent(stats.data?.from ?? dayAgo());
  const runs = running.data?.runs ?? [];
  return (
    <>
      <Read query={stats} what={t('home.theLastDay')}>
        {(data) => (
          <>
            <Tiles
              stats={data}
              running={running.data && runs.length}
              more={Boolean(running.data?.next)}
              jobs={jobs}
            />
            <Panel title={t('home.runsByTheHour')}>
              {data.total.runs + data.total.missed === 0 ? (
                <Quiet>
                  {tx('home.nothingRanInTheLast', { job: <Link href="/jobs">{t('home.job')}</Link> })}
                </Quiet>
              ) : (
                <HourChart stats={data} />
              )}
            </Panel>
          </>
        )}
      </Read>
      <div className={classes.columns}>
        <Stack gap="md">
          <Panel
            flush
            title={t('common.runsNow')}
            aside={<All href={`/runs?status=${UNDER_WAY.join(',')}`} text={t('home.allUnderWay')} />}
          >
            <Read query={running} what={t('home.whatRuns')}>
              {() =>
                runs.length === 0 ? <Quiet>{t('home.nothingRunsNow')}</Quiet> : <RunningNow runs={runs} />
              }
            </Read>
          </Panel>
          <Panel
            flush
            title={t('home.comesNext')}
            aside={<All href="/upcoming" text={t('home.theDayAhead')} />}
          >
            <Read query={next} what={t('home.whatComesNext')}>
              {(ticks) =>
                ticks.length === 0 ? (
                  <Quiet>
                    {t('home.nothingFallsDueWithinA')} <Link href="/jobs">{t('common.toTheJobs')}</Link>
                  </Quiet>
                ) : (
                  <NextUp ticks={ticks} />
                )
              }
            </Read>
          </Panel>
        </Stack>
        <Panel
          flush
          title={t('home.wentWrongLately')}
          aside={
            <All
              href={`/runs?status=${[...BAD, ...GONE].join(',')}&from=${since}`}
              text={t('home.allOf24H')}
            />
          }
        >
          <Read query={wrong} what={t('home.whatWentWrong')}>
            {({ runs }) =>
              runs.length === 0 ? <Quiet>{t('home.nothingWentWrongInThe')}</Quiet> : <WentWrong runs={runs} />
            }
          </Read>
        </Panel>
      </div>
    </>
  );
}

type Readable<T> = { data: T | undefined; isPending: boolean; error: unknown; refetch: () => unknown };

/** Shows what was read, also while a later reading fails: the banner says that the server is gone. */
function Read<T>({
  query,
  what,
  children,
}: {
  query: Readable<T>;
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return <Loading what={what} />;
  return (
    <Failure
      title={t('home.cannotRead', { what })}
      message={messageOf(query.error)}
      retry={() => void query.refetch()}
    />
  );
}

function Quiet({ children }: { children: ReactNode }) {
  return (
    <Text c="dimmed" p="sm">
      {children}
    </Text>
  );
}

function All({ href, text }: { href: string; text: string }) {
  return (
    <Anchor component={Link} href={href} size="xs">
      {text}
    </Anchor>
  );
}
