// The list of jobs as a view of it shows them: filtered, sorted, in groups.
//
// Pure, and the same words as the address: a view can be sent to somebody. All jobs are held in the browser, so that each
// column sorts and a filter answers with the key that is typed.

import type { JobSummary, RecentRun } from '../api/types';

export const SORTS = ['name', 'enabled', 'kind', 'schedule', 'next', 'last', 'labels'] as const;
export type Sort = (typeof SORTS)[number];

export const STATES = ['enabled', 'paused', 'disabled', 'running', 'ended'] as const;
export type JobState = (typeof STATES)[number];

export type View = {
  q: string;
  /** Labels that a job must have, as `key:value`. */
  labels: string[];
  kind?: 'shell' | 'wasm';
  state?: JobState;
  /** Key of the label whose values are the groups. */
  group?: string;
  sort: Sort;
  down: boolean;
};

export type Row =
  | { kind: 'group'; value: string; count: number; names: string[] }
  | { kind: 'job'; job: JobSummary };

/** Reads a view from an address; what does not read is as if it were not there. */
export function viewOf(params: URLSearchParams): View {
  const text = (key: string) => params.get(key) || undefined;
  const sort = text('sort') ?? 'name';
  const bare = sort.replace(/^-/, '');
  return {
    q: params.get('q') ?? '',
    labels: (text('label') ?? '').split(',').filter((label) => label.includes(':')),
    kind: oneOf(['shell', 'wasm'] as const, text('kind')),
    state: oneOf(STATES, text('state')),
    group: text('group'),
    sort: oneOf(SORTS, bare) ?? 'name',
    down: sort.startsWith('-') && oneOf(SORTS, bare) !== undefined,
  };
}

function oneOf<T extends string>(all: readonly T[], text: string | undefined): T | undefined {
  return all.find((one) => one === text);
}

/** Returns the address of a view, without what is as it always is. */
export function paramsOf({ q, labels, kind, state, group, sort, down }: View): Record<string, string> {
  const all = {
    q,
    label: labels.join(','),
    kind,
    state,
    group,
    sort: sort === 'name' && !down ? '' : `${down ? '-' : ''}${sort}`,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => !!entry[1]));
}

/** Returns whether a view leaves jobs out. */
export function isFiltered({ q, labels, kind, state }: View): boolean {
  return q.trim() !== '' || labels.length > 0 || kind !== undefined || state !== undefined;
}

/** Returns the jobs that a view shows. */
export function matching(jobs: Iterable<JobSummary>, view: View): JobSummary[] {
  const q = view.q.trim().toLowerCase();
  const found: JobSummary[] = [];
  for (const job of jobs) {
    if (view.kind && job.kind !== view.kind) continue;
    if (view.state && !isIn(job, view.state)) continue;
    if (!view.labels.every((label) => hasLabel(job, label))) continue;
    if (q && !job.name.includes(q) && !job.description.toLowerCase().includes(q)) continue;
    found.push(job);
  }
  return found;
}

function isIn(job: JobSummary, state: JobState): boolean {
  switch (state) {
    case 'enabled':
      return job.enabled;
    case 'disabled':
      return !job.enabled;
    case 'paused':
      return Boolean(job.paused);
    case 'running':
      return job.running > 0;
    case 'ended':
      return job.status === 'ended';
  }
}

function hasLabel(job: JobSummary, label: string): boolean {
  const colon = label.indexOf(':');
  return job.labels[label.slice(0, colon)] === label.slice(colon + 1);
}

/** Returns the jobs in the order of a view. */
export function sorted(jobs: JobSummary[], { sort, down }: View): JobSummary[] {
  const sign = down ? -1 : 1;
  const keyed = jobs.map((job) => ({ job, key: keyOf(job, sort) }));
  keyed.sort((a, b) => {
    // What has no value stands last, whichever way.
    if (a.key === undefined || b.key === undefined)
      return Number(a.key === undefined) - Number(b.key === undefined) || byName(a.job, b.job);
    if (a.key === b.key) return byName(a.job, b.job);
    return (a.key < b.key ? -1 : 1) * sign;
  });
  return keyed.map(({ job }) => job);
}

function byName(a: JobSummary, b: JobSummary): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function keyOf(job: JobSummary, sort: Sort): string | number | undefined {
  switch (sort) {
    case 'name':
      return job.name;
    case 'enabled':
      return job.enabled ? (job.paused ? 1 : 0) : 2;
    case 'kind':
      return job.kind;
    case 'schedule':
      return (job.words || job.schedule).toLowerCase();
    case 'next':
      return job.next_at ? Date.parse(job.next_at) : undefined;
    case 'last':
      return lastKey(job.recent);
    case 'labels':
      return labelText(job) || undefined;
  }
}

const TROUBLE = ['succeeded', 'skipped', 'killed', 'missed', 'lost'];

/** Trouble first, of one kind the latest: what is looked for in a column of outcomes. */
function lastKey(recent: RecentRun[] | null | undefined): string | undefined {
  const last = recent?.find((run) => run.ended_at) ?? recent?.[0];
  if (!last) return undefined;
  const good = TROUBLE.indexOf(last.status);
  const rank = last.ended_at ? (good < 0 ? 0 : TROUBLE.length - good) : TROUBLE.length + 1;
  const age = 9e15 - Date.parse(last.ended_at ?? last.scheduled_at);
  return `${rank} ${String(age).padStart(16, '0')}`;
}

/** Returns the labels of a job as text. */
export function labelText(job: JobSummary): string {
  return Object.entries(job.labels)
    .map(([key, value]) => `${key}:${value}`)
    .join(' ');
}

/** Returns rows: the jobs, and above each group its head; jobs of a folded group are left out. */
export function grouped(jobs: JobSummary[], group: string | undefined, folded: ReadonlySet<string>): Row[] {
  if (!group) return jobs.map((job) => ({ kind: 'job', job }));
  const groups = new Map<string, JobSummary[]>();
  for (const job of jobs) {
    const value = job.labels[group] ?? '';
    const of = groups.get(value);
    if (of) of.push(job);
    else groups.set(value, [job]);
  }
  // Those without the label stand last.
  const values = [...groups.keys()].sort((a, b) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1));
  return values.flatMap((value) => {
    const of = groups.get(value) ?? [];
    const head: Row = { kind: 'group', value, count: of.length, names: of.map(({ name }) => name) };
    return [head, ...(folded.has(value) ? [] : of.map((job): Row => ({ kind: 'job', job })))];
  });
}

/** Returns the keys and the whole labels that jobs have, the most used first. */
export function labelsOf(jobs: Iterable<JobSummary>): { keys: string[]; labels: string[] } {
  const keys = new Map<string, number>();
  const labels = new Map<string, number>();
  for (const job of jobs) {
    for (const [key, value] of Object.entries(job.labels)) {
      keys.set(key, (keys.get(key) ?? 0) + 1);
      const label = `${key}:${value}`;
      labels.set(label, (labels.get(label) ?? 0) + 1);
    }
  }
  return { keys: mostUsed(keys), labels: mostUsed(labels) };
}

function mostUsed(counts: Map<string, number>): string[] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([word]) => word);
}

/** Returns packs of at most `size`, in order. */
export function packs<T>(all: T[], size: number): T[][] {
  const found: T[][] = [];
  for (let first = 0; first < all.length; first += size) found.push(all.slice(first, first + size));
  return found;
}
