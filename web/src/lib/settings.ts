// What holds for all masters, as the page's form holds it, and the way there and back.
//
// Flow: `SettingsView` → **`formOf`** → fields → **`settingsOf`** → PUT. Fields are named as in the API, so that the
// server's errors find their place by themselves. An empty field is left out: it is as each master's configuration says.
// Not here: what is valid. The server says that, all faults at once.

import type { Fault, ProblemError } from '../api/problem';
import type { AuditLine, InForce, Settings } from '../api/types';
import { t } from '../i18n';
import { spanMs } from './quantity';
import { duration } from './time';

/** All settings, in the order in which they are shown and sent. */
export const SETTINGS = [
  'session_ttl',
  'audit_days',
  'revisions_max',
  'revisions_days',
  'ranges_days',
] as const satisfies readonly (keyof InForce)[];

export type SettingName = (typeof SETTINGS)[number];

/** What is typed; empty where the configuration is to hold. */
export type SettingsForm = Record<SettingName, string>;

export function formOf(settings: Settings): SettingsForm {
  const typed = SETTINGS.map((name) => [name, String(settings[name] ?? '')]);
  return Object.fromEntries(typed) as SettingsForm;
}

export function settingsOf(form: SettingsForm): Settings {
  const set = SETTINGS.filter((name) => form[name].trim() !== '').map((name) => {
    const text = form[name].trim();
    return [name, name === 'session_ttl' ? text : Number(text)];
  });
  return Object.fromEntries(set);
}

/** Returns which fields of two forms differ. */
export function changed(before: SettingsForm, after: SettingsForm): SettingName[] {
  return SETTINGS.filter((name) => before[name].trim() !== after[name].trim());
}

/** Returns theirs with what I changed since `start`; where both changed a field, mine stands. */
export function mergedForm(start: SettingsForm, mine: SettingsForm, theirs: SettingsForm): SettingsForm {
  const kept = changed(start, mine).map((name) => [name, mine[name]]);
  return { ...theirs, ...Object.fromEntries(kept) };
}

/**
 * Returns the changes that led from `start` to `now`, the newest first, as the audit (newest first) tells them; none where it
 * does not tell of what stands now: it may come a moment later.
 */
export function changesBetween(audit: AuditLine[], start: Settings, now: Settings): AuditLine[] {
  const isSame = (one: unknown, other: Settings) =>
    changed(formOf((one ?? {}) as Settings), formOf(other)).length === 0;
  const made = audit.filter(({ after }) => after !== undefined && after !== null);
  if (!made[0] || !isSame(made[0].after, now)) return [];
  const first = made.findIndex(({ before }) => isSame(before, start));
  return made.slice(0, first + 1 || 1);
}

/**
 * Returns what may be kept for shorter by this change, which nothing brings back: fewer than is in force, or as the
 * configuration says where somebody had set it, which nobody knows here. The length of a session keeps nothing.
 */
export function keptShorter(start: SettingsForm, form: SettingsForm, inForce: InForce): SettingName[] {
  return changed(start, form).filter((name) => {
    if (name === 'session_ttl') return false;
    const text = form[name].trim();
    return text === '' || Number(text) < inForce[name];
  });
}

/** Largest number that the server reads at all. */
const NUMBER_MAX = 2 ** 32 - 1;

/** Returns the first field that the server cannot even read, as it comes upon them. */
function unread(form: SettingsForm): SettingName | undefined {
  return changed(formOf({}), form).find((name) => {
    const text = form[name].trim();
    if (name === 'session_ttl') return text !== '0' && spanMs(text.replace(/\s+/g, '')) === undefined;
    const number = Number(text);
    return !Number.isInteger(number) || number < 0 || number > NUMBER_MAX;
  });
}

export type PlacedFaults = { here: Partial<Record<SettingName, Fault[]>>; elsewhere: Fault[] };

/** Returns what the server says is wrong by its fields; what it could not read comes without a field, and has one here. */
export function placed(form: SettingsForm, problem: ProblemError): PlacedFaults {
  const lost = problem.code === 'invalid_body' && problem.errors.length === 0 ? unread(form) : undefined;
  const faults = lost ? [{ path: lost, message: bare(problem.detail) }] : problem.errors;
  const here: PlacedFaults['here'] = {};
  const elsewhere: Fault[] = [];
  for (const fault of faults) {
    const name = SETTINGS.find((one) => one === fault.path);
    if (name) here[name] = [...(here[name] ?? []), fault];
    else elsewhere.push(fault);
  }
  return { here, elsewhere };
}

/** Whoever types into a field has no body with lines and columns. */
function bare(detail: string): string {
  return detail.replace(/^the body is not valid JSON: /, '').replace(/ at line \d+ column \d+$/, '');
}

/** Returns a value with its unit, as people read it; nothing typed is as configured. */
export function valueWords(name: SettingName, value: string | number): string {
  const text = String(value).trim();
  if (text === '') return t('settings.asConfigured');
  if (name === 'session_ttl') return spanWords(text);
  const count = Number(text);
  return name === 'revisions_max' ? t('settings.revisions', { count }) : t('settings.days', { count });
}

/** Returns a span of the API in words where two units say all of it, else as the API writes it. */
function spanWords(text: string): string {
  const ms = spanMs(text);
  if (ms === undefined) return text;
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  const last = ms < hour ? 1000 : ms < day ? minute : hour;
  return ms >= minute && ms % last === 0 ? duration(ms) : text;
}
