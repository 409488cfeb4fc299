// Times as people read them, checked by table.

import { describe, expect, test } from 'vitest';
import { countdown, duration, exact, instant, relative, utcOf, wall, wallOf } from './time';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('duration', () => {
  test.each([
    [0, '0 ms'],
    [412, '412 ms'],
    [1950, '1.9 s'],
    [59_999, '59 s'],
    [3 * M + 5 * S, '3 min 5 s'],
    [2 * H, '2 h'],
    [26 * H, '1 d 2 h'],
    [-5, '0 ms'],
  ])('%i ms reads %s', (ms, words) => expect(duration(ms)).toBe(words));
});

describe('relative', () => {
  test.each([
    [0, 'just now'],
    [-40 * S, '40 s ago'],
    [5 * M, 'in 5 min'],
    [-(3 * H + 20 * M), '3 h 20 min ago'],
    [9 * D, 'in 9 d'],
  ])('%i ms away reads %s', (distance, words) => expect(relative(1e12 + distance, 1e12)).toBe(words));
});

test('a countdown shows seconds within the last hour and never goes below zero', () => {
  expect(countdown(65 * S, 0)).toBe('01:05');
  expect(countdown(65 * S, 1)).toBe('01:05');
  expect(countdown(2 * H, 0)).toBe('2 h');
  expect(countdown(0, 5)).toBe('due');
});

test('an instant is shown in the zone asked for, with its name', () => {
  const at = instant('2026-12-01T02:30:00Z') ?? 0;
  expect(wall(at, 'Europe/Berlin')).toBe('2026-12-01 03:30:00');
  expect(exact(at, 'UTC')).toBe('2026-12-01 02:30:00 UTC');
  expect(wall(instant('2026-12-01T00:00:00Z') ?? 0, 'UTC')).toBe('2026-12-01 00:00:00');
});

test('a zone that the browser does not know falls back instead of failing', () => {
  expect(() => exact(0, 'Mars/Olympus')).not.toThrow();
  expect(instant('yesterday')).toBeUndefined();
});

describe('instants as the server writes them', () => {
  test('a local one loses its offset', () =>
    expect(wallOf('2026-03-29T03:00:00+02:00')).toBe('2026-03-29 03:00:00'));
  test.each([
    ['2026-03-29T01:00:00Z', '2026-03-29 01:00:00'],
    ['2026-03-29T01:00:00.5Z', '2026-03-29 01:00:00'],
  ])('%s reads %s', (at, wanted) => expect(utcOf(at)).toBe(wanted));
});
