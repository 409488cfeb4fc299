// Spans and sizes in the notation of the API (`1h30m`, `256MiB`), read and shown.
//
// The server decides what is valid; reading here serves bars and summaries only, and unknown text gives undefined.

import { number } from '../i18n';

const SPANS: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Returns milliseconds of a span such as `90s` or `1h30m`. */
export function spanMs(text: string | null | undefined): number | undefined {
  if (!text || !/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s)/g)) {
    total += Number(number) * (SPANS[unit ?? ''] ?? 0);
  }
  return total;
}

const SIZES: Record<string, number> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Returns bytes of a size such as `256MiB`. */
export function sizeBytes(text: string | null | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text?.trim() ?? '');
  const scale = match ? SIZES[match[2] ?? ''] : undefined;
  return match && scale !== undefined ? Number(match[1]) * scale : undefined;
}

/** Returns a number of bytes for people: `0 B`, `1.5 KiB`, `12 MiB`. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit]}`;
}

/** Returns a count with its groups, as the page's language writes them: `12,345,678`. */
export function count(value: number): string {
  return number(Math.round(value));
}
