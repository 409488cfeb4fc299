// Instants and durations as people read them: "in 3 min", "2 h 5 min", and the exact text behind them.
//
// Pure: the caller says what time it is, so that tests need no clock and one ticker moves the whole page.
// Not here: schedules. When something runs next is asked of the server alone.

import { language, t } from '../i18n';

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
  if (span < SECOND) return t('common.ms', { n: Math.round(span) });
  if (span < 10 * SECOND) return t('common.s', { n: (Math.floor(span / 100) / 10).toFixed(1) });
  if (span < MINUTE) return t('common.s', { n: Math.floor(span / SECOND) });
  return pair(span);
}

/** Returns a minute or more in the unit that fits and the one below it. */
function pair(span: number): string {
  const big = span < HOUR ? MINUTE : span < DAY ? HOUR : DAY;
  const small = big === MINUTE ? SECOND : big === HOUR ? MINUTE : HOUR;
  const n = Math.floor(span / big);
  const rest = Math.floor((span % big) / small);
  if (big === MINUTE) return rest > 0 ? t('time.minS', { n, rest }) : t('time.min', { n });
  if (big === HOUR) return rest > 0 ? t('time.hMin', { n, rest }) : t('time.h', { n });
  return rest > 0 ? t('time.dH', { n, rest }) : t('time.d', { n });
}

/** Returns where `at` lies seen from `now`: `just now`, `in 40 s`, `5 min ago`. Coarse on purpose. */
export function relative(at: number, now: number): string {
  const distance = Math.abs(at - now);
  if (distance < 2 * SECOND) return t('time.justNow');
  const words = coarse(distance);
  return at > now ? t('time.in', { words }) : t('time.ago', { words });
}

function coarse(distance: number): string {
  if (distance < MINUTE) return t('common.s', { n: Math.floor(distance / SECOND) });
  if (distance < HOUR) return t('time.min', { n: Math.floor(distance / MINUTE) });
  if (distance < DAY) return pair(distance);
  return t('time.d', { n: Math.floor(distance / DAY) });
}

/** Returns a countdown that shows its seconds within the last hour: `04:05`, `2 h 10 min`, `due`. */
export function countdown(at: number, now: number): string {
  const left = Math.ceil((at - now) / SECOND) * SECOND;
  if (left <= 0) return t('time.due');
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

/** Returns an instant as a field of date and time takes it, in the reader's zone: `2026-12-01T02:30`. */
export function inputOf(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
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
  const parts = new Intl.DateTimeFormat(language() === 'zh' ? 'zh-CN' : 'en-GB', {
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
