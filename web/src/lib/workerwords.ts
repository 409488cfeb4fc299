// What a worker says of itself, in words.

import type { Worker } from '../api/types';
import { t } from '../i18n';
import { bytes } from './quantity';

type Status = Worker['status'];

/** A heartbeat comes every ten seconds; after this long without one, somebody should look. */
export const HEARTBEAT_LATE_MS = 25_000;

/** Returns by how much its clock is off, as the server says it: ahead of or behind whom. */
export function clockOffWords({ ahead_ms, against }: NonNullable<Status['clock_off']>): string {
  const words = { span: seconds(Math.abs(ahead_ms)), whom: against.join(t('common.comma')) };
  return ahead_ms > 0 ? t('workers.aheadOf', words) : t('workers.behind', words);
}

/** Returns how its clock stands to the store's: the difference is known between two bounds. */
export function clockWords({ least_ms, most_ms }: NonNullable<Status['facts_clock']>): string {
  if (least_ms === 0 && most_ms === 0) return t('workers.theStores');
  if (least_ms <= 0 && most_ms >= 0)
    return t('workers.withinOfTheStores', { span: seconds(Math.max(-least_ms, most_ms)) });
  const [near, far] = least_ms > 0 ? [least_ms, most_ms] : [-most_ms, -least_ms];
  const words = { near: seconds(near), far: seconds(far) };
  return least_ms > 0 ? t('workers.toAheadOfTheStores', words) : t('workers.toBehindTheStores', words);
}

function seconds(ms: number): string {
  return ms < 1000 ? t('common.ms', { n: Math.round(ms) }) : t('common.s', { n: (ms / 1000).toFixed(1) });
}

/** Returns what of its output waits, and what that costs. */
export function outputWords({
  waiting_bytes,
  held_runs,
  truncated_bytes,
  ends_full,
}: NonNullable<Status['output']>): string {
  const held = held_runs > 0 && t('workers.runsHeldBack', { count: held_runs });
  const dropped = truncated_bytes > 0 && t('workers.dropped', { size: bytes(truncated_bytes) });
  const full = ends_full && t('workers.nothingNewStartsUntil');
  return [t('workers.waitForMongodb', { size: bytes(waiting_bytes) }), held, dropped, full]
    .filter(Boolean)
    .join(t('common.comma'));
}

/** Returns how many runs keep a drained worker from being empty. */
export function leftWords(busy: number): string {
  if (busy === 0) return t('workers.nothingRunsItCanBe');
  return t('workers.runsLeft', { busy });
}

/** Returns which limits a host does not hold, of both kinds of jobs. */
export function notHeld({ shell, wasm }: Pick<Status, 'shell' | 'wasm'>): string[] {
  const of = (kind: string, { limits }: Status['shell']) =>
    limits.filter(({ held }) => !held).map(({ limit }) => t('workers.ofJobs', { limit, kind }));
  return [...of('shell', shell), ...of('WASI', wasm)];
}
