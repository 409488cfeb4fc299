// How long runs took, ready to be drawn: their places on a chart, the middle and the slow end.
//
// Pure. Not here: colours and shapes (`components/status`), and the drawing.

import type { RunRecord, RunStatus } from '../api/types';
import { instant } from './time';

export type Point = { id: string; status: RunStatus; at: number; took: number };

/** Returns the runs that began and ended, oldest first. */
export function points(runs: RunRecord[]): Point[] {
  return runs
    .flatMap(({ id, status, started_at, ended_at }) => {
      const from = instant(started_at);
      const to = instant(ended_at);
      return from === undefined || to === undefined
        ? []
        : [{ id, status, at: from, took: Math.max(0, to - from) }];
    })
    .sort((a, b) => a.at - b.at);
}

/** Returns the value below which `share` of the values lie: the nearest that was really there. */
export function percentile(values: number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** From this spread on, short runs would lie flat on the ground of an even scale. */
const SPREAD_FOR_LOG = 30;
/** Nothing shorter is told apart. */
const SHORTEST_MS = 1;

export type Scale = { log: boolean; least: number; most: number; place: (ms: number) => number };

/** Returns a scale from 0 to 1 that has room for all of `values`; logarithmic where they lie far apart. */
export function scaleOf(values: number[]): Scale {
  const most = Math.max(10, ...values) * 1.08;
  const shortest = Math.max(SHORTEST_MS, Math.min(most, ...values));
  if (most / shortest < SPREAD_FOR_LOG) return { log: false, least: 0, most, place: (ms) => ms / most };
  const least = shortest * 0.8;
  const span = Math.log(most / least);
  return { log: true, least, most, place: (ms) => Math.max(0, Math.log(Math.max(ms, least) / least) / span) };
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30].map((s) => s * 1000),
  [1, 2, 5, 10, 15, 30].map((m) => m * 60_000),
  [1, 2, 4, 8, 12, 24, 48].map((h) => h * 3_600_000),
);

/** Returns some round durations within a scale, for its grid. */
export function marks({ log, least, most }: Scale): number[] {
  if (log) {
    const inside = STEPS.filter((step) => step >= least && step <= most);
    const every = Math.ceil(inside.length / 4);
    return inside.filter((_, at) => at % every === 0);
  }
  const step = STEPS.find((one) => most / one <= 4) ?? most / 4;
  return Array.from({ length: Math.floor(most / step) }, (_, at) => (at + 1) * step);
}
