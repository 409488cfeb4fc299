// The hours of a day as bars: what succeeded, failed, was missed, and the rest.
//
// Pure: the counts are the server's (`GET /stats`).

export type HourCounts = { at: string; runs: number; missed: number; statuses: Record<string, number> };

export type Hour = { at: number; good: number; bad: number; missed: number; rest: number; total: number };

/** Returns one bar for each hour; `isBad` says which statuses are failures. */
export function hourBars(hours: HourCounts[], isBad: (status: string) => boolean): Hour[] {
  return hours.map(({ at, runs, missed, statuses }) => {
    let bad = 0;
    for (const [status, count] of Object.entries(statuses)) if (isBad(status)) bad += count;
    const good = statuses.succeeded ?? 0;
    const rest = Math.max(0, runs - good - bad - (statuses.missed ?? 0));
    return { at: Date.parse(at), good, bad, missed, rest, total: good + bad + missed + rest };
  });
}

/** Returns how many of these statuses there are. */
export function sumOf(statuses: Record<string, number>, of: readonly string[]): number {
  return of.reduce((sum, status) => sum + (statuses[status] ?? 0), 0);
}

/** Returns a share as people read it: never 100 % while something failed. */
export function percent(share: number): string {
  if (share >= 1) return '100\u202f%';
  const tenths = Math.min(999, Math.floor(share * 1000 + 1e-9));
  return `${(tenths / 10).toFixed(1).replace(/\.0$/, '')}\u202f%`;
}
