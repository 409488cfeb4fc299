// What pages read, each with its key and its pace of refreshing.
//
// Flow: pages → **`queries`** → `client`. Lists are asked again every few seconds while somebody looks at the tab;
// an action asks again at once through `refresh`.

import { keepPreviousData, QueryCache, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../i18n';
import { merged, type Stream } from '../lib/runfilter';
import { request } from './client';
import { ProblemError } from './problem';
import type { Job, Role } from './types';

/** How often lists and running things are asked again. */
const LIVE_MS = 2000;
/** How often things that change rarely are asked again. */
const CALM_MS = 10_000;
/** How often the day ahead is counted again: it moves on by a minute at a time. */
const FORECAST_MS = 60_000;
/** How often what the user typed is checked. */
const PREVIEW_STALE_MS = 30_000;

/** Returns the cache of all answers; `onExpired` hears when the session has ended. */
export function queryClient(onExpired: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ProblemError && error.status === 401) onExpired();
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && (!(error instanceof ProblemError) || error.status === 0),
        staleTime: 1000,
        refetchOnWindowFocus: true,
      },
    },
  });
}

/** Asks again for everything that an action may have changed. */
export function refresh(client: QueryClient) {
  return client.invalidateQueries();
}

/** Returns a pace that rests once the server said that asking again will not help. */
function pace(ms: number) {
  return (query: { state: { error: unknown } }) => {
    const { error } = query.state;
    return error instanceof ProblemError && error.status >= 400 && error.status < 500 ? false : ms;
  };
}

export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => request('get', '/api/v1/session', { signal }),
    staleTime: 60_000,
  });
}

const LADDER: readonly Role[] = ['viewer', 'operator', 'editor', 'admin'];

/** Returns whether who is in has at least a role; while nobody knows yet, nothing is offered. */
export function useMay(): (role: Role) => boolean {
  const role = useSession().data?.role;
  return (needed) => reaches(role, needed);
}

/** Returns whether a role allows what takes another. */
export function reaches(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && LADDER.indexOf(role) >= LADDER.indexOf(needed);
}

/** Returns what holds for all masters, now and then anew: other admins set it too. */
export function useSettings() {
  return useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => request('get', '/api/v1/settings', { signal }),
    refetchInterval: pace(CALM_MS),
  });
}

export function useUsers() {
  return useQuery({
    queryKey: ['users'],
    queryFn: ({ signal }) => request('get', '/api/v1/users', { signal }),
  });
}

export function useTokens() {
  return useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => request('get', '/api/v1/tokens', { signal }),
  });
}

export type AuditFilter = { user?: string; target?: string; denied?: boolean };

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/audit', {
        query: { ...filter, limit: 50, cursor: pageParam || undefined },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export type AlertFilter = { job?: string; condition?: string; channel?: string; state?: string };

export function useAlertHistory(filter: AlertFilter) {
  return useInfiniteQuery({
    queryKey: ['alerts', 'history', filter],
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/alerts', {
        query: { ...filter, limit: 50, cursor: pageParam || undefined },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: pace(CALM_MS),
    placeholderData: keepPreviousData,
  });
}

export type AlertPart = 'channels' | 'rules' | 'mutes';

/** Returns a list of the settings of alerts, with the tag that a change of it follows. */
export function useAlertPart(part: AlertPart) {
  return useQuery({
    queryKey: ['alerts', part],
    queryFn: async ({ signal }) => {
      const { etag = '', ...list } = await request('get', `/api/v1/alerts/${part}`, { signal });
      return { etag, list };
    },
  });
}

/** Most jobs that a field offers to choose from; any other name is typed. */
const OFFERED_JOBS_MAX = 500;

/** Returns the names of jobs for a field to offer. */
export function useJobNames(): string[] {
  const { data } = useQuery({
    queryKey: ['job-names'],
    queryFn: ({ signal }) => request('get', '/api/v1/jobs', { query: { limit: OFFERED_JOBS_MAX }, signal }),
  });
  return data?.jobs.map(({ name }) => name) ?? [];
}

/** Most jobs that a search by a few letters shows at once. */
const FOUND_JOBS_MAX = 5;

/** Finds jobs by a part of their name or description, the first few of them. */
export function useFoundJobs(q: string) {
  return useQuery({
    queryKey: ['found-jobs', q],
    queryFn: ({ signal }) => request('get', '/api/v1/jobs', { query: { q, limit: FOUND_JOBS_MAX }, signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });
}

export function useJob(name: string, live = true) {
  return useQuery({
    queryKey: ['job', name],
    queryFn: ({ signal }) => request('get', '/api/v1/jobs/{name}', { path: { name }, signal }),
    refetchInterval: live ? pace(LIVE_MS) : false,
    refetchOnWindowFocus: live,
    enabled: name !== '',
  });
}

/** Reads a job for editing: anew each time, and not again while it is edited. */
export function useJobToEdit(name: string) {
  return useQuery({
    queryKey: ['job-to-edit', name],
    queryFn: ({ signal }) => request('get', '/api/v1/jobs/{name}', { path: { name }, signal }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    enabled: name !== '',
  });
}

/** Asks what would come of saving `job`, and who could run it. */
export function useCheck(job: Job) {
  return useQuery({
    queryKey: ['check', job],
    queryFn: ({ signal }) => request('post', '/api/v1/jobs/check', { body: job, signal }),
    enabled: job.name !== '' && job.schedule !== '',
    staleTime: PREVIEW_STALE_MS,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** How far back the story of a job's ticks goes. */
const TICKS_BACK_MS = 7 * 86_400_000;

export function useTicks(name: string) {
  const [from] = useState(() => new Date(Date.now() - TICKS_BACK_MS).toISOString());
  return useInfiniteQuery({
    queryKey: ['ticks', name, from],
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/jobs/{name}/ticks', {
        path: { name },
        query: { from, limit: 50, cursor: pageParam || undefined },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: pace(CALM_MS),
  });
}

export function useRevisions(name: string) {
  return useInfiniteQuery({
    queryKey: ['revisions', name],
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/jobs/{name}/revisions', {
        path: { name },
        query: { limit: 50, cursor: pageParam || undefined },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: pace(CALM_MS),
  });
}

/** Returns what differs between a revision and `from`, or the one before it. */
export function useRevisionDiff(name: string, revision: number, from?: number) {
  return useQuery({
    queryKey: ['revision-diff', name, revision, from],
    queryFn: ({ signal }) =>
      request('get', '/api/v1/jobs/{name}/revisions/{revision}/diff', {
        path: { name, revision },
        query: { from },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type RunFilter = {
  job?: string;
  status?: string;
  trigger?: string;
  worker?: string;
  from?: string;
  to?: string;
  duration_min?: string;
  duration_max?: string;
};

/** `calm` for a list that is long: what happens meanwhile is told by events, where the page listens to them. */
export function useRuns(filter: RunFilter, limit = 50, calm = false) {
  return useInfiniteQuery({
    queryKey: ['runs', filter, limit],
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/runs', { query: { ...filter, limit, cursor: pageParam || undefined }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: pace(calm ? CALM_MS : LIVE_MS),
    placeholderData: keepPreviousData,
  });
}

/** Runs on a page of the list of all of them. */
const RUNS_A_PAGE = 50;

/** Returns the runs that one of the filters takes, in one list, newest first. */
export function useRunList(filters: RunFilter[]) {
  const begin: Stream[] = filters.map(() => ({ runs: [], cursor: '' }));
  return useInfiniteQuery({
    queryKey: ['run-list', filters],
    queryFn: async ({ pageParam, signal }) => {
      const streams = await Promise.all(
        pageParam.map(async (stream, at) => {
          if (stream.runs.length > 0 || stream.cursor === undefined) return stream;
          const query = { ...filters[at], limit: RUNS_A_PAGE, cursor: stream.cursor || undefined };
          const page = await request('get', '/api/v1/runs', { query, signal });
          if (typeof page === 'string') throw new Error(t('common.theServerAnsweredTheList'));
          return { runs: page.runs, cursor: page.next ?? undefined };
        }),
      );
      return merged(streams);
    },
    initialPageParam: begin,
    getNextPageParam: ({ rest }) =>
      rest.some(({ runs, cursor }) => runs.length > 0 || cursor !== undefined) ? rest : undefined,
    refetchInterval: pace(CALM_MS),
    placeholderData: keepPreviousData,
  });
}

export function useRun(id: string) {
  return useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => request('get', '/api/v1/runs/{id}', { path: { id }, signal }),
    refetchInterval: (query) =>
      query.state.data?.ended_at && query.state.data.output ? CALM_MS : LIVE_MS / 2,
    // A run that was just asked for has its record in a moment.
    retry: (failures, error) =>
      failures < 8 && error instanceof ProblemError && [0, 404].includes(error.status),
    retryDelay: 500,
  });
}

export function useModules() {
  return useQuery({
    queryKey: ['modules'],
    queryFn: ({ signal }) => request('get', '/api/v1/modules', { signal }),
    refetchInterval: pace(CALM_MS),
  });
}

export function useWorkers() {
  return useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => request('get', '/api/v1/workers', { signal }),
    refetchInterval: pace(LIVE_MS * 2),
  });
}

export type PreviewInput = Pick<Job, 'schedule' | 'timezone' | 'dst' | 'weekdays' | 'anchor'> & {
  name: string;
};

export function usePreview({ schedule, ...rest }: PreviewInput) {
  return useQuery({
    queryKey: ['preview', schedule, rest],
    queryFn: ({ signal }) =>
      request('post', '/api/v1/schedules/preview', { body: { text: schedule, count: 5, ...rest }, signal }),
    enabled: schedule.trim() !== '',
    staleTime: PREVIEW_STALE_MS,
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useForecast(hours: number) {
  return useQuery({
    queryKey: ['forecast', hours],
    queryFn: ({ signal }) => request('get', '/api/v1/forecast', { query: { hours }, signal }),
    refetchInterval: pace(FORECAST_MS),
    staleTime: FORECAST_MS,
  });
}

export type UpcomingFilter = { from?: string; job?: string; include?: string };

export function useUpcoming(filter: UpcomingFilter) {
  return useInfiniteQuery({
    queryKey: ['upcoming', filter],
    queryFn: ({ pageParam, signal }) =>
      request('get', '/api/v1/upcoming', {
        query: { ...filter, limit: 50, cursor: pageParam || undefined },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: pace(CALM_MS),
    placeholderData: keepPreviousData,
  });
}
