// All jobs, held in the browser and kept as they are: read once, then only what changes.
//
// Flow: `GET /jobs`, page by page → **`useJobList`** ← `useFleet` (which changed) → `lib/joblist` → the table.
// Ten thousand jobs are some megabytes, so they are not asked for again and again: an event names the job that changed, and
// that one is read. Rows in sight are read every few seconds besides, with their last runs: not everything has an event.

import { keepPreviousData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { request } from '../../api/client';
import type { JobSummary } from '../../api/types';
import { useLanguage } from '../../i18n';
import { Changed } from '../../lib/fleet';
import { packs } from '../../lib/joblist';
import { useFleet } from '../useFleet';

export type Jobs = ReadonlyMap<string, JobSummary>;

const PAGE_LIMIT = 500;
/** Jobs of one request by their names, which stand in its address. */
const NAMES_MAX = 50;
/** More changes at once are read as all. */
const CHANGED_MAX = 500;
/** How long changes are gathered. */
const GATHER_MS = 400;
/** How often the rows in sight are read. */
const IN_SIGHT_MS = 4000;
/** How long a scroll must rest before what it shows is read. */
const REST_MS = 120;
const KEPT = ['kept-jobs'];

const byName = (names: string[], signal?: AbortSignal) =>
  request('get', '/api/v1/jobs', {
    query: { names: names.join(','), include: 'recent', limit: NAMES_MAX },
    signal,
  });

export type JobList = {
  jobs: Jobs;
  /** True once all of them are there. */
  complete: boolean;
  error?: unknown;
  reload: () => void;
  merge: Merge;
};

/** Returns all jobs; `withRuns` reads the last runs of each, for a view that sorts by them. */
export function useJobList(withRuns: boolean): JobList {
  const client = useQueryClient();
  const [jobs, setJobs] = useState<Jobs>(() => client.getQueryData<Jobs>(KEPT) ?? new Map());
  const [complete, setComplete] = useState(() => client.getQueryData(KEPT) !== undefined);
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const language = useLanguage();

  const merge: Merge = useCallback((read, asked) => setJobs((known) => merged(known, read, asked)), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round reads anew, and so does another language
  useEffect(() => {
    const stop = new AbortController();
    readAll(withRuns, merge, stop.signal)
      .then((names) => {
        setJobs((known) => new Map([...known].filter(([name]) => names.has(name))));
        setComplete(true);
        setError(undefined);
      })
      .catch((problem) => stop.signal.aborted || setError(problem));
    return () => stop.abort();
  }, [withRuns, round, language, merge]);

  const reload = useCallback(() => setRound((count) => count + 1), []);
  useChanges(client, merge, reload);
  useEffect(() => {
    if (complete) client.setQueryData(KEPT, jobs);
  }, [client, complete, jobs]);

  return { jobs, complete, error, reload, merge };
}

/** Takes what was read over what was known; of `asked`, what is not there any more is gone. */
export type Merge = (read: JobSummary[], asked?: Iterable<string>) => void;

/** Returns `known` itself where nothing changed: a list that stays is neither sorted nor drawn again. */
function merged(known: Jobs, read: JobSummary[], asked: Iterable<string> = []): Jobs {
  const next = new Map(known);
  let changed = false;
  const there = new Set(read.map(({ name }) => name));
  for (const name of asked) if (!there.has(name)) changed = next.delete(name) || changed;
  for (const job of read) {
    const before = known.get(job.name);
    const after = { ...job, recent: job.recent ?? before?.recent };
    if (before && JSON.stringify(before) === JSON.stringify(after)) continue;
    next.set(job.name, after);
    changed = true;
  }
  return changed ? next : known;
}

/** Reads every page, and returns the names of all jobs. */
async function readAll(withRuns: boolean, merge: Merge, signal: AbortSignal): Promise<Set<string>> {
  const names = new Set<string>();
  let cursor: string | undefined;
  do {
    const include = withRuns ? 'recent' : undefined;
    const page = await request('get', '/api/v1/jobs', {
      query: { limit: PAGE_LIMIT, include, cursor },
      signal,
    });
    if (signal.aborted) break;
    merge(page.jobs);
    for (const { name } of page.jobs) names.add(name);
    cursor = page.next ?? undefined;
  } while (cursor);
  return names;
}

/** Reads the jobs that events name. */
function useChanges(client: QueryClient, merge: Merge, reload: () => void) {
  const changed = useRef(new Changed(CHANGED_MAX));
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const readAfter = useCallback(
    (wait: number) => {
      timer.current ??= setTimeout(async () => {
        const names = changed.current.take();
        if (names === 'all') reload();
        else {
          for (const pack of packs(names, NAMES_MAX)) {
            // What fails here is read again with the rows in sight, which also say why.
            const page = await byName(pack).catch(() => undefined);
            if (page) merge(page.jobs, pack);
          }
        }
        timer.current = undefined;
        if (!changed.current.isEmpty) readAfter(GATHER_MS);
      }, wait);
    },
    [merge, reload],
  );
  useFleet((told) => {
    changed.current.add(told);
    if (!changed.current.isEmpty) readAfter(GATHER_MS);
    // A run that has ended has its record moments later: the strip in sight is read then.
    if (told !== 'anew' && told.kind === 'run_ended')
      setTimeout(() => void client.invalidateQueries({ queryKey: ['jobs-in-sight'] }), 3 * GATHER_MS);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}

/** Reads the jobs in sight, told by their names with commas, with their last runs. */
export function useInSight(inSight: string, merge: Merge) {
  const [names, setNames] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setNames(inSight), REST_MS);
    return () => clearTimeout(timer);
  }, [inSight]);
  const read = useQuery({
    queryKey: ['jobs-in-sight', names],
    queryFn: async ({ signal }) => {
      const asked = names.split(',');
      const pages = await Promise.all(packs(asked, NAMES_MAX).map((pack) => byName(pack, signal)));
      return { asked, jobs: pages.flatMap((page) => page.jobs) };
    },
    enabled: names !== '',
    refetchInterval: IN_SIGHT_MS,
    gcTime: 0,
    placeholderData: keepPreviousData,
  });
  useEffect(() => {
    if (read.data && !read.isPlaceholderData) merge(read.data.jobs, read.data.asked);
  }, [read.data, read.isPlaceholderData, merge]);
}
