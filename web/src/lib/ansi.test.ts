// Terminal output: colours kept as tokens, everything else dropped.

import { expect, test } from 'vitest';
import { pieces, plain } from './ansi';

const texts = (line: string) => pieces(line).pieces.map((p) => [p.text, p.look.colour, p.look.bold]);

test('colours and weight are kept per piece', () => {
  expect(texts('a \u001b[31mred\u001b[1m bold\u001b[0m end')).toEqual([
    ['a ', undefined, undefined],
    ['red', 'red', undefined],
    [' bold', 'red', true],
    [' end', undefined, undefined],
  ]);
});

test('256 and 24 bit colours become the nearest token', () => {
  expect(texts('\u001b[38;5;196mx')[0]?.[1]).toBe('red');
  expect(texts('\u001b[38;2;10;200;20mx')[0]?.[1]).toBe('green');
  expect(texts('\u001b[48;5;196;32mx')[0]?.[1]).toBe('green');
});

test('the look goes on in the next line', () => {
  const first = pieces('\u001b[33mone');
  expect(pieces('two', first.look).pieces[0]?.look.colour).toBe('yellow');
});

test('other sequences and control characters leave nothing behind', () => {
  expect(plain('\u001b[2K\u001b[1;1Hok\u001b]0;title\u0007 done\u001b(B\u0007')).toBe('ok done');
  expect(plain('10%\r50%\r100%\r')).toBe('100%');
});

test('a torn or endless sequence ends in bounded time', () => {
  const long = `\u001b[${'1;'.repeat(50_000)}`;
  expect(plain(long).length).toBeLessThanOrEqual(long.length);
});
