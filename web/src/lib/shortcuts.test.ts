// Shortcuts of one and of two keys.

import { expect, test } from 'vitest';
import { type Pressed, press, TOGETHER_MS } from './shortcuts';

const KNOWN = ['n', '?', 'g j', 'g r'];

function typed(keys: [string, number][]): (string | undefined)[] {
  let before: Pressed;
  return keys.map(([key, at]) => {
    const { shortcut, remember } = press(KNOWN, before, key, at);
    before = remember;
    return shortcut;
  });
}

test('one key is a shortcut at once', () => {
  expect(
    typed([
      ['n', 0],
      ['?', 1],
    ]),
  ).toEqual(['n', '?']);
});

test('two keys are one when the second comes soon', () => {
  expect(
    typed([
      ['g', 0],
      ['j', TOGETHER_MS],
    ]),
  ).toEqual([undefined, 'g j']);
  expect(
    typed([
      ['g', 0],
      ['j', TOGETHER_MS + 1],
    ]),
  ).toEqual([undefined, undefined]);
});

test('a key that follows nothing known begins anew', () => {
  expect(
    typed([
      ['g', 0],
      ['x', 10],
      ['g', 20],
      ['r', 30],
      ['r', 40],
    ]),
  ).toEqual([undefined, undefined, undefined, 'g r', undefined]);
  expect(
    typed([
      ['g', 0],
      ['n', 10],
    ]),
  ).toEqual([undefined, 'n']);
});
