// What a worker says of itself, in words.

import type { Worker } from '../api/types';
import { bytes } from './quantity';

type Status = Worker['status'];

/** A heartbeat comes every ten seconds; after this long without one, somebody should look. */
export const HEARTBEAT_LATE_MS = 25_000;

/** Returns by how much its clock is off, as the server says it: ahead of or behind whom. */
export function clockOffWords({ ahead_ms, against }: NonNullable<Status['clock_off']>): string {
  return `${seconds(Math.abs(ahead_ms))} ${ahead_ms > 0 ? 'ahead of' : 'behind'} ${against.join(', ')}`;
}

/** Returns how its clock stands to the store's: the difference is known between two bounds. */
export function clockWords({ least_ms, most_ms }: NonNullable<Status['facts_clock']>): string {
  if (least_ms === 0 && most_ms === 0) return "the store's";
  if (least_ms <= 0 && most_ms >= 0) return `within ${seconds(Math.max(-least_ms, most_ms))} of the store's`;
  const [near, far] = least_ms > 0 ? [least_ms, most_ms] : [-most_ms, -least_ms];
  return `${seconds(near)} to ${seconds(far)} ${least_ms > 0 ? 'ahead of' : 'behind'} the store's`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Returns what of its output waits, and what that costs. */
export function outputWords({
  waiting_bytes,
  held_runs,
  truncated_bytes,
}: NonNullable<Status['output']>): string {
  const held = held_runs > 0 && `${held_runs} ${held_runs === 1 ? 'run' : 'runs'} held back`;
  const dropped = truncated_bytes > 0 && `${bytes(truncated_bytes)} dropped`;
  return [`${bytes(waiting_bytes)} wait for MongoDB`, held, dropped].filter(Boolean).join(', ');
}

/** Returns how many runs keep a drained worker from being empty. */
export function leftWords(busy: number): string {
  if (busy === 0) return 'nothing runs: it can be stopped';
  return busy === 1 ? '1 run left' : `${busy} runs left`;
}

/** Returns which limits a host does not hold, of both kinds of jobs. */
export function notHeld({ shell, wasm }: Pick<Status, 'shell' | 'wasm'>): string[] {
  const of = (kind: string, { limits }: Status['shell']) =>
    limits.filter(({ held }) => !held).map(({ limit }) => `${limit} of ${kind} jobs`);
  return [...of('shell', shell), ...of('WASI', wasm)];
}
