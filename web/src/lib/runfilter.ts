// Which runs a list shows, as it stands in the address, and what the server is asked for that.
//
// Pure. The server's filters combine by AND and have no "not": leaving out what a schedule started and what succeeded is
// two questions, whose answers are put in one order here.

import type { RunFilter } from '../api/queries';
import type { RunRecord } from '../api/types';
import { spanMs } from './quantity';
import { instant } from './time';

export type RunView = RunFilter & {
  /** The last so long (`1h`), in place of `from` and `to`. */
  within?: string;
  /** True: runs that a schedule started and that succeeded are left out. */
  quiet?: boolean;
};

const KEYS = [
  'job',
  'status',
  'trigger',
  'worker',
  'from',
  'to',
  'duration_min',
  'duration_max',
  'within',
] as const;

/** Returns the view that an address names; what does not read is left out. */
export function viewOf(params: URLSearchParams): RunView {
  const view: RunView = {};
  for (const key of KEYS) {
    const value = params.get(key)?.trim();
    if (value) view[key] = value;
  }
  if (spanMs(view.within) === undefined) delete view.within;
  if (params.get('quiet') === '1') view.quiet = true;
  return view;
}

/** Returns what stands in the address for a view. */
export function paramsOf(view: RunView): Record<string, string> {
  const params: Record<string, string> = {};
  for (const key of KEYS) {
    const value = view[key];
    if (value) params[key] = value;
  }
  if (view.quiet) params.quiet = '1';
  return params;
}

/** Returns true when the view leaves anything out. */
export function narrows(view: RunView): boolean {
  return Object.keys(paramsOf(view)).length > 0;
}

const TRIGGERS = ['schedule', 'manual', 'catch_up'];

/** Returns the questions to the server whose answers together are the view, seen from `now`. */
export function questions(
  { within, quiet, ...filter }: RunView,
  statuses: string[],
  now: number,
): RunFilter[] {
  const back = spanMs(within);
  const asked: RunFilter =
    back === undefined ? filter : { ...filter, from: new Date(now - back).toISOString(), to: undefined };
  if (!quiet) return [asked];
  const wanted = asked.status?.split(',') ?? statuses;
  const reasons = asked.trigger?.split(',') ?? TRIGGERS;
  const others = wanted.filter((status) => status !== 'succeeded');
  const hands = reasons.filter((trigger) => trigger !== 'schedule');
  const parts: RunFilter[] = [];
  if (others.length > 0) parts.push({ ...asked, status: others.join(',') });
  if (wanted.includes('succeeded') && hands.length > 0) {
    parts.push({ ...asked, status: 'succeeded', trigger: hands.join(',') });
  }
  return parts;
}

export type Stream = { runs: RunRecord[]; cursor: string | undefined };

/** Returns the runs of all streams in one order, newest first, as far as it is known, and what is left of each. */
export function merged(streams: Stream[]): { runs: RunRecord[]; rest: Stream[] } {
  const rest = streams.map(({ runs, cursor }) => ({ runs: [...runs], cursor }));
  const runs: RunRecord[] = [];
  // A stream that may go on and has nothing at hand may hold the next one.
  while (rest.every((stream) => stream.runs.length > 0 || stream.cursor === undefined)) {
    const heads = rest.filter((stream) => stream.runs.length > 0);
    const first = heads.reduce<Stream | undefined>(
      (best, stream) => (best && isNewer(best.runs[0], stream.runs[0]) ? best : stream),
      undefined,
    );
    const run = first?.runs.shift();
    if (!run) break;
    runs.push(run);
  }
  return { runs, rest };
}

/** The server's order: by the tick, and by id among those of one tick. */
function isNewer(a: RunRecord | undefined, b: RunRecord | undefined): boolean {
  const [at, bt] = [instant(a?.scheduled_at) ?? 0, instant(b?.scheduled_at) ?? 0];
  return at === bt ? (a?.id ?? '') > (b?.id ?? '') : at > bt;
}
