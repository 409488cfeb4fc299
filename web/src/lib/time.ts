// Instants and durations as people read them: "in 3 min", "2 h 5 min", and the exact text behind them.
//
// Pure: the caller says what time it is, so that tests need no clock and one ticker moves the whole page.
// Not here: schedules. When something runs next is asked of the server alone.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Returns milliseconds of an RFC 3339 instant, or undefined for anything else. */
export function instant(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Returns a duration in at most two units: `0.4 s`, `12 s`, `3 min 5 s`, `2 h`, `4 d 3 h`. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < SECOND) return `${Math.round(span)} ms`;
  if (span < 10 * SECOND) return `${(Math.floor(span / 100) / 10).toFixed(1)} s`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return pair(span, MINUTE, 'min', SECOND, 's');
  if (span < DAY) return pair(span, HOUR, 'h', MINUTE, 'min');
  return pair(span, DAY, 'd', HOUR, 'h');
}

function pair(span: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((span % big) / small);
  const head = `${Math.floor(span / big)} ${bigName}`;
  return rest > 0 ? `${head} ${rest} ${smallName}` : head;
}

/** Returns where `at` lies seen from `now`: `just now`, `in 40 s`, `5 min ago`. Coarse on purpose. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 2 * SECOND) return 'just now';
  const words = coarse(distance);
  return at > now ? `in ${words}` : `${words} ago`;
}

function coarse(distance: number): string {
  if (distance < MINUTE) return `${Math.floor(distance / SECOND)} s`;
  if (distance < HOUR) return `${Math.floor(distance / MINUTE)} min`;
  if (distance < DAY) return pair(distance, HOUR, 'h', MINUTE, 'min');
  return `${Math.floor(distance / DAY)} d`;
}

/** Returns a countdown that shows its seconds within the last hour: `04:05`, `2 h 10 min`, `due`. */
export function countdown(at: number, now: number): string {
  const left = Math.ceil((at - now) / SECOND) * SECOND;
  if (left <= 0) return 'due';
  if (left >= HOUR) return coarse(left);
  const minutes = Math.floor(left / MINUTE);
  const seconds = Math.floor((left % MINUTE) / SECOND);
  return `${String(minutes).padStart(2, '0')}:${String(seconds).padStart(2, '0')}`;
}

/** Returns an instant as `2026-12-01 02:30:00 GMT+1` in `zone`, or in the reader's own zone. */
export function exact(at: number, zone?: string): string {
  return `${wall(at, zone)} ${zoneName(at, zone)}`;
}

/** Returns an instant as `2026-12-01 02:30:00`, without its zone. */
export function wall(at: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: known(zone),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(at));
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** Returns an RFC 3339 instant with an offset as the wall shows it: `2026-12-01 02:30:00`. */
export function wallOf(local: string): string {
  return local.slice(0, 19).replace('T', ' ');
}

/** Returns an RFC 3339 instant in UTC as a wall in UTC shows it. */
export function utcOf(at: string): string {
  return wallOf(at.replace(/(\.\d+)?Z$/, ''));
}

/** Returns the time of day with milliseconds, in the reader's zone: `02:30:00.123`. */
export function clockTime(at: number, zone?: string): string {
  const millis = String(((at % 1000) + 1000) % 1000).padStart(3, '0');
  return `${wall(at, zone).slice(11)}.${millis}`;
}

/** Returns the zone of the reader's browser. */
export function readerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Returns all zones that the browser knows, with UTC first. */
export function zones(): string[] {
  const all = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC');
  return ['UTC', ...all];
}

function zoneName(at: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: known(zone),
    timeZoneName: 'short',
  }).formatToParts(new Date(at));
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? zone ?? '';
}

/** A browser may know fewer zones than the server: the reader's own is shown then. */
function known(zone?: string): string | undefined {
  if (!zone) return undefined;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    return undefined;
  }
}
