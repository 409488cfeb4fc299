// What Home reads, and when it reads it again: an event of the fleet, gathered for a moment, asks for all of it.
//
// The pace beside it is slow: it moves the windows of time on, and serves where the stream is cut off.

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { request } from '../../api/client';
import { RUN_STATUSES, statusLook } from '../status';
import { useFleet } from '../useFleet';

/** How long events are gathered. */
const GATHER_MS = 300;
/** Least time between two readings, however many events come. */
const PAUSE_MS = 1000;
/** A run's record says how it ended within this time of the event. */
const RECORD_MS = 1500;
const CALM_MS = 15_000;
const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Runs that go wrong by themselves. */
export const BAD = RUN_STATUSES.filter((status) => statusLook(status).tone === 'bad');
/** Runs that nobody saw to their end, or that never began. */
export const GONE = ['missed', 'lost'] as const;
export const UNDER_WAY = RUN_STATUSES.filter((status) => !statusLook(status).final);

const SHOWN = { running: 20, wrong: 8, next: 8 };
/** Ticks that are read to find so many jobs: one that is due each second would fill the list alone. */
const TICKS_READ = 100;

/** Reads everything on Home again after what happens. */
export function useHomeLive() {
  const client = useQueryClient();
  const timers = useRef({ soon: 0, late: 0, last: 0 });
  useFleet((told) => {
    const read = () => {
      timers.current.last = Date.now();
      timers.current.soon = 0;
      void client.invalidateQueries({ queryKey: ['home'] });
    };
    const wait = Math.max(GATHER_MS, timers.current.last + PAUSE_MS - Date.now());
    timers.current.soon ||= window.setTimeout(read, wait);
    if (told === 'anew' || told.kind !== 'run_ended') return;
    clearTimeout(timers.current.late);
    timers.current.late = window.setTimeout(read, RECORD_MS);
  });
  useEffect(() => {
    const { current } = timers;
    return () => {
      clearTimeout(current.soon);
      clearTimeout(current.late);
    };
  }, []);
}

export function useStats() {
  return useQuery({
    queryKey: ['home', 'stats'],
    queryFn: ({ signal }) => request('get', '/api/v1/stats', { signal }),
    refetchInterval: CALM_MS,
  });
}

/** Returns the start of the hour a day ago, where the counts begin too. */
export function dayAgo(): string {
  return new Date(Math.floor((Date.now() - DAY) / HOUR) * HOUR).toISOString();
}

export function useRunning() {
  return useQuery({
    queryKey: ['home', 'running'],
    queryFn: ({ signal }) => {
      const query = { status: UNDER_WAY.join(','), limit: SHOWN.running };
      return request('get', '/api/v1/runs', { query, signal });
    },
    refetchInterval: CALM_MS,
    placeholderData: keepPreviousData,
  });
}

export function useWrong() {
  return useQuery({
    queryKey: ['home', 'wrong'],
    queryFn: ({ signal }) => {
      const query = { status: [...BAD, ...GONE].join(','), from: dayAgo(), limit: SHOWN.wrong };
      return request('get', '/api/v1/runs', { query, signal });
    },
    refetchInterval: CALM_MS,
  });
}

/** Returns the next tick of each of the jobs that come next. */
export function useNext() {
  return useQuery({
    queryKey: ['home', 'next'],
    queryFn: async ({ signal }) => {
      const query = { limit: TICKS_READ };
      const { ticks } = await request('get', '/api/v1/upcoming', { query, signal });
      const first = ticks.filter(({ job }, at) => ticks.findIndex((tick) => tick.job === job) === at);
      return first.slice(0, SHOWN.next);
    },
    refetchInterval: CALM_MS,
  });
}

/** Returns how many jobs there are, and how many of them are paused. */
export function useJobCounts() {
  return useQuery({
    queryKey: ['home', 'jobs'],
    queryFn: async ({ signal }) => {
      const count = async (query: { enabled?: boolean; paused?: boolean }) =>
        (await request('get', '/api/v1/jobs', { query: { ...query, limit: 1 }, signal })).total;
      const [all, enabled, paused] = await Promise.all([
        count({}),
        count({ enabled: true }),
        count({ paused: true }),
      ]);
      return { all, enabled, paused };
    },
    refetchInterval: CALM_MS,
  });
}

/** Returns the timeout of a job, which changes rarely. */
export function useTimeout(name: string) {
  return useQuery({
    queryKey: ['timeout', name],
    queryFn: async ({ signal }) => {
      const { job } = await request('get', '/api/v1/jobs/{name}', { path: { name }, signal });
      return job.limits?.timeout ?? null;
    },
    staleTime: 60_000,
    retry: false,
  });
}
