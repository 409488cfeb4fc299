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

export function HomePage() {
  useHomeLive();
  const jobs = useJobCounts();
  const stats = useStats();
  const nothingYet = jobs.data?.all === 0 && stats.data?.total.runs === 0;
  return (
    <Page title="Home" about={<Live />}>
      {nothingYet ? <FirstJob /> : <Overview jobs={jobs.data} stats={stats} />}
    </Page>
  );
}

function Live() {
  const state = useFleetState();
  return (
    <span role="status" data-live={state}>
      {state === 'waiting'
        ? 'Reconnecting: what you see may be some seconds old.'
        : 'How it is now, and how the last 24 hours went.'}
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
      <Read query={stats} what="the last day">
        {(data) => (
          <>
            <Tiles
              stats={data}
              running={running.data && runs.length}
              more={Boolean(running.data?.next)}
              jobs={jobs}
            />
            <Panel title="Runs by the hour">
              {data.total.runs + data.total.missed === 0 ? (
                <Quiet>
                  Nothing ran in the last 24 hours. Press the run button of a <Link href="/jobs">job</Link>,
                  or wait for its schedule.
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
            title="Runs now"
            aside={<All href={`/runs?status=${UNDER_WAY.join(',')}`} text="All under way" />}
          >
            <Read query={running} what="what runs">
              {() => (runs.length === 0 ? <Quiet>Nothing runs now.</Quiet> : <RunningNow runs={runs} />)}
            </Read>
          </Panel>
          <Panel flush title="Comes next" aside={<All href="/upcoming" text="The day ahead" />}>
            <Read query={next} what="what comes next">
              {(ticks) =>
                ticks.length === 0 ? (
                  <Quiet>
                    Nothing falls due within a day: no job is enabled, or all are paused.{' '}
                    <Link href="/jobs">To the jobs</Link>
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
          title="Went wrong lately"
          aside={
            <All href={`/runs?status=${[...BAD, ...GONE].join(',')}&from=${since}`} text="All of 24 h" />
          }
        >
          <Read query={wrong} what="what went wrong">
            {({ runs }) =>
              runs.length === 0 ? (
                <Quiet>Nothing went wrong in the last 24 hours.</Quiet>
              ) : (
                <WentWrong runs={runs} />
              )
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
      title={`Cannot read ${what}`}
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
