// What holds for all masters, in a form: the way there and back, merging, what would be lost, and errors at their fields.

import { expect, test } from 'vitest';
import { ProblemError } from '../api/problem';
import type { AuditLine, InForce, Settings } from '../api/types';
import {
  changed,
  changesBetween,
  formOf,
  keptShorter,
  mergedForm,
  placed,
  settingsOf,
  valueWords,
} from './settings';

const EMPTY = formOf({});
const IN_FORCE: InForce = {
  session_ttl: '7d',
  audit_days: 400,
  revisions_max: 100,
  revisions_days: 400,
  ranges_days: 400,
};

function refused(status: number, code: string, detail: string, paths: string[] = []): ProblemError {
  const errors = paths.map((path) => ({ path, message: `${path} is wrong` }));
  return new ProblemError(status, code, 'refused', detail, errors);
}

test('settings go into the form and come back as they were', () => {
  const all: Settings = {
    session_ttl: '12h',
    audit_days: 90,
    revisions_max: 5,
    revisions_days: 1,
    ranges_days: 30,
  };
  expect(settingsOf(formOf(all))).toEqual(all);
  expect(formOf(all).audit_days).toBe('90');
});

test('what is left empty is left out, and so is what the server has as null', () => {
  expect(settingsOf(EMPTY)).toEqual({});
  expect(formOf({ audit_days: null, session_ttl: null })).toEqual(EMPTY);
  expect(settingsOf({ ...EMPTY, session_ttl: '  ', ranges_days: ' 7 ' })).toEqual({ ranges_days: 7 });
});

test('a zero is sent, and not taken for nothing', () => {
  expect(settingsOf({ ...EMPTY, audit_days: '0' })).toEqual({ audit_days: 0 });
  expect(formOf({ audit_days: 0 }).audit_days).toBe('0');
});

test('only what differs is changed; spaces around it are no difference', () => {
  const form = { ...EMPTY, session_ttl: '12h', audit_days: '90' };
  expect(changed(form, { ...form, session_ttl: ' 12h ' })).toEqual([]);
  expect(changed(form, { ...form, audit_days: '', ranges_days: '3' })).toEqual(['audit_days', 'ranges_days']);
});

test('what I changed is put on top of theirs', () => {
  const start = { ...EMPTY, session_ttl: '12h', audit_days: '90', ranges_days: '10' };
  const mine = { ...start, audit_days: '60', ranges_days: '' };
  const theirs = { ...start, session_ttl: '2h', audit_days: '30', ranges_days: '20' };
  expect(mergedForm(start, mine, theirs)).toEqual({ ...theirs, audit_days: '60', ranges_days: '' });
});

test('what is kept for shorter is told, and nothing else', () => {
  const start = { ...EMPTY, session_ttl: '7d', audit_days: '400', revisions_max: '100' };
  const shorter = (change: Partial<typeof start>) => keptShorter(start, { ...start, ...change }, IN_FORCE);
  expect(shorter({ audit_days: '399', ranges_days: '399' })).toEqual(['audit_days', 'ranges_days']);
  expect(shorter({ audit_days: '401', ranges_days: '400', revisions_days: '3650' })).toEqual([]);
  // A shorter session removes nothing.
  expect(shorter({ session_ttl: '1m' })).toEqual([]);
  expect(shorter({ session_ttl: '' })).toEqual([]);
  // What the configuration says behind a value that was set is not known.
  expect(shorter({ revisions_max: '' })).toEqual(['revisions_max']);
  expect(shorter({})).toEqual([]);
});

test('errors of the server come to their fields, others stand elsewhere', () => {
  const problem = refused(422, 'invalid_settings', 'faults', ['session_ttl', 'audit_days', 'name']);
  const { here, elsewhere } = placed({ ...EMPTY, session_ttl: '1s', audit_days: '0' }, problem);
  expect(Object.keys(here)).toEqual(['session_ttl', 'audit_days']);
  expect(here.session_ttl).toEqual([{ path: 'session_ttl', message: 'session_ttl is wrong' }]);
  expect(elsewhere.map(({ path }) => path)).toEqual(['name']);
});

test('what the server could not read is said at its field, without the body around it', () => {
  const detail = 'the body is not valid JSON: must be a length of time, got `soon` at line 1 column 21';
  const problem = refused(400, 'invalid_body', detail);
  expect(placed({ ...EMPTY, session_ttl: 'soon', audit_days: '1.5' }, problem)).toEqual({
    here: { session_ttl: [{ path: 'session_ttl', message: 'must be a length of time, got `soon`' }] },
    elsewhere: [],
  });
  // The field that stands before it reads.
  const at = (change: Partial<typeof EMPTY>) =>
    Object.keys(placed({ ...EMPTY, session_ttl: '1h 30m', ...change }, problem).here);
  expect(at({ revisions_max: '1.5' })).toEqual(['revisions_max']);
  expect(at({ ranges_days: '-3' })).toEqual(['ranges_days']);
  expect(at({ ranges_days: '4294967296' })).toEqual(['ranges_days']);
  expect(at({ ranges_days: '4294967295', session_ttl: '0' })).toEqual([]);
  // Only what the server could not read is looked for.
  expect(placed({ ...EMPTY, session_ttl: 'soon' }, refused(503, 'store_away', 'later')).here).toEqual({});
});

test('a value has its unit, and none is as configured', () => {
  expect([1, 400].map((days) => valueWords('audit_days', days))).toEqual(['1 day', '400 days']);
  expect(['1', ' 30 '].map((days) => valueWords('ranges_days', days))).toEqual(['1 day', '30 days']);
  expect(['1', '0'].map((many) => valueWords('revisions_max', many))).toEqual(['1 revision', '0 revisions']);
  expect(valueWords('revisions_days', '  ')).toBe('as configured');
  expect(valueWords('session_ttl', '')).toBe('as configured');
});

test('a span is told in words that lose nothing of it', () => {
  const spanWords = (text: string) => valueWords('session_ttl', text);
  expect(['7d', '12h', '1h30m', '36h', '1m', '1m30s'].map(spanWords)).toEqual([
    '7 d',
    '12 h',
    '1 h 30 min',
    '1 d 12 h',
    '1 min',
    '1 min 30 s',
  ]);
  expect(['1d5m', '1h30m10s', '1m0.5s', '30s', 'soon'].map(spanWords)).toEqual([
    '1d5m',
    '1h30m10s',
    '1m0.5s',
    '30s',
    'soon',
  ]);
});

test('who changed the settings meanwhile is told by the audit, back to what mine began with', () => {
  const line = (user: string, before: Settings | undefined, after: Settings | undefined) =>
    ({ user, before, after }) as AuditLine;
  const audit = [
    // Refused, or changed nothing.
    line('eve', undefined, undefined),
    line('mona', { session_ttl: '2h' }, { session_ttl: '3h' }),
    line('omar', { session_ttl: '1h' }, { session_ttl: '2h' }),
    line('ada', {}, { session_ttl: '1h' }),
  ];
  const by = (start: Settings, now: Settings) => changesBetween(audit, start, now).map(({ user }) => user);
  expect(by({ session_ttl: '1h' }, { session_ttl: '3h' })).toEqual(['mona', 'omar']);
  expect(by({ session_ttl: '2h' }, { session_ttl: '3h' })).toEqual(['mona']);
  // What mine began with is older than the lines: the newest alone is certain.
  expect(by({ audit_days: 7 }, { session_ttl: '3h' })).toEqual(['mona']);
  // The line of what stands now is not there yet.
  expect(by({ session_ttl: '2h' }, { session_ttl: '4h' })).toEqual([]);
  expect(changesBetween([], {}, { session_ttl: '3h' })).toEqual([]);
});
