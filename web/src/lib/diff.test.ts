// Diffs keep every line of both texts, in order, and leave out only what is alike.

import { expect, test } from 'vitest';
import { type DiffLine, diffLines } from './diff';

const show = (lines: DiffLine[]) =>
  lines.map((line) =>
    line.kind === 'gap' ? `… ${line.lines}` : `${{ same: ' ', out: '-', in: '+' }[line.kind]}${line.text}`,
  );

test('a changed line stands between its neighbours', () => {
  expect(show(diffLines('a\nb\nc\n', 'a\nB\nc\n'))).toEqual([' a', '-b', '+B', ' c']);
});

test('lines far from a change become one gap', () => {
  const before = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const after = [...before];
  after[10] = 'changed';
  const lines = show(diffLines(before.join('\n'), after.join('\n')));
  expect(lines[0]).toBe('… 7');
  expect(lines).toContain('-line 10');
  expect(lines).toContain('+changed');
  expect(lines.at(-1)).toBe('… 6');
});

test('numbers are those of each text', () => {
  expect(diffLines('a\nc\n', 'a\nb\nc\n')).toEqual([
    { kind: 'same', text: 'a', before: 1, after: 1 },
    { kind: 'in', text: 'b', before: undefined, after: 2 },
    { kind: 'same', text: 'c', before: 2, after: 3 },
  ]);
});

test('an empty text has no lines', () => {
  expect(show(diffLines('', 'a\n'))).toEqual(['+a']);
  expect(show(diffLines('a\n', ''))).toEqual(['-a']);
  expect(diffLines('', '')).toEqual([]);
});

test('texts too large to compare are shown one after the other', () => {
  const a = Array.from({ length: 3000 }, (_, at) => `a ${at}`).join('\n');
  const b = Array.from({ length: 3000 }, (_, at) => `b ${at}`).join('\n');
  const lines = diffLines(a, b);
  expect(lines).toHaveLength(6000);
  expect(lines[2999]).toMatchObject({ kind: 'out' });
  expect(lines[3000]).toMatchObject({ kind: 'in' });
});

test('what is kept tells both texts', () => {
  const before = 'x\na\nb\nc\ny\n';
  const after = 'a\nz\nc\ny\nx\n';
  const lines = diffLines(before, after);
  const side = (drop: 'in' | 'out') =>
    lines.flatMap((line) => (line.kind === 'gap' || line.kind === drop ? [] : [line.text]));
  expect(side('in')).toEqual(before.trim().split('\n'));
  expect(side('out')).toEqual(after.trim().split('\n'));
});
