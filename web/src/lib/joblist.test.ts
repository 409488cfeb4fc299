// The list of jobs: a view stands in its address, filters combine, every column sorts, groups are told.

import { expect, test } from 'vitest';
import type { JobSummary, RecentRun } from '../api/types';
import { grouped, labelsOf, matching, packs, paramsOf, SORTS, sorted, type View, viewOf } from './joblist';

const view = (text: string): View => viewOf(new URLSearchParams(text));

function job(name: string, more: Partial<JobSummary> = {}): JobSummary {
  return {
    name,
    description: '',
    labels: {},
    kind: 'shell',
    enabled: true,
    schedule: '@daily',
    timezone: 'UTC',
    zone: 'UTC',
    words: 'every day',
    status: 'active',
    running: 0,
    waiting: 0,
    author: 'ada',
    saved_at: '2026-12-01T00:00:00Z',
    etag: '"x-1"',
    ...more,
  };
}

function run(status: RecentRun['status'], ended?: string): RecentRun {
  const at = '2026-12-01T00:00:00Z';
  return { id: status, status, trigger: 'schedule', scheduled_at: at, started_at: at, ended_at: ended };
}

const names = (jobs: JobSummary[]) => jobs.map(({ name }) => name).join(' ');

test('a view stands in its address and comes back from it', () => {
  const text = 'q=back&label=team%3Adata%2Cenv%3Aprod&kind=wasm&state=paused&group=team&sort=-next';
  expect(new URLSearchParams(paramsOf(view(text))).toString()).toBe(text);
  expect(paramsOf(view(''))).toEqual({});
  const bad = view('kind=java&state=odd&sort=-colour&label=team');
  expect(bad).toEqual({ ...view(''), labels: [] });
});

test('filters combine', () => {
  const jobs = [
    job('backup', { labels: { team: 'data' }, description: 'Nightly copy' }),
    job('report', { labels: { team: 'data' }, kind: 'wasm', running: 1 }),
    job('sweep', { enabled: false, paused: { by: 'ada', at: '', why: '' } as never }),
  ];
  const found = (text: string) => names(matching(jobs, view(text)));
  expect(found('')).toBe('backup report sweep');
  expect(found('q=NIGHTLY')).toBe('backup');
  expect(found('label=team:data')).toBe('backup report');
  expect(found('label=team:data&kind=wasm')).toBe('report');
  expect(found('label=team:data,env:prod')).toBe('');
  expect(found('state=running')).toBe('report');
  expect(found('state=disabled')).toBe('sweep');
  expect(found('state=paused')).toBe('sweep');
});

test('every column sorts both ways, and what has no value stands last', () => {
  const jobs = [
    job('a', {
      kind: 'wasm',
      words: 'Z',
      next_at: '2026-12-02T00:00:00Z',
      recent: [run('succeeded', '2026-12-01T00:00:01Z')],
    }),
    job('b', { enabled: false, words: 'm', labels: { team: 'x' }, recent: [] }),
    job('c', {
      words: 'a',
      next_at: '2026-12-01T00:00:00Z',
      labels: { team: 'a' },
      recent: [run('running'), run('failed', '2026-12-01T00:00:02Z')],
    }),
  ];
  const order = (sort: string) => names(sorted(jobs, view(`sort=${sort}`)));
  expect(SORTS.map((sort) => `${sort}: ${order(sort)} | ${order(`-${sort}`)}`)).toEqual([
    'name: a b c | c b a',
    'enabled: a c b | b a c',
    'kind: b c a | a b c',
    'schedule: c b a | a b c',
    'next: c a b | a c b',
    'last: c a b | a c b',
    'labels: c b a | b c a',
  ]);
});

test('groups stand by the value of a label, those without it last, and fold', () => {
  const jobs = [job('a'), job('b', { labels: { team: 'web' } }), job('c', { labels: { team: 'data' } })];
  const told = (folded: string[]) =>
    grouped(jobs, 'team', new Set(folded)).map((row) =>
      row.kind === 'job' ? row.job.name : `[${row.value} ${row.count}]`,
    );
  expect(told([])).toEqual(['[data 1]', 'c', '[web 1]', 'b', '[ 1]', 'a']);
  expect(told(['web'])).toEqual(['[data 1]', 'c', '[web 1]', '[ 1]', 'a']);
  expect(grouped(jobs, undefined, new Set())).toHaveLength(3);
});

test('labels are told by use, and packs hold all', () => {
  const jobs = [job('a', { labels: { team: 'x', env: 'p' } }), job('b', { labels: { team: 'y' } })];
  expect(labelsOf(jobs)).toEqual({ keys: ['team', 'env'], labels: ['env:p', 'team:x', 'team:y'] });
  expect(packs([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(packs([], 2)).toEqual([]);
});
