// Output in the browser: lines across chunks, two streams, bounded, nothing twice.

import { expect, test } from 'vitest';
import { type Chunk, LINE_CHARS_MAX, OutputTail } from './output';

const encoder = new TextEncoder();
const chunk = (seq: number, text: string, stream: Chunk['stream'] = 'stdout'): Chunk => ({
  seq,
  stream,
  at: seq,
  bytes: encoder.encode(text),
});
const texts = (tail: OutputTail) => tail.lines().map((line) => line.text);

test('lines are put together across chunks, each stream for itself', () => {
  const tail = new OutputTail(0, 100);
  tail.push(chunk(0, 'one\ntw'));
  tail.push(chunk(1, 'oops\n', 'stderr'));
  tail.push(chunk(2, 'o\nopen'));
  expect(texts(tail)).toEqual(['one', 'oops', 'two', 'open']);
  expect(tail.lines().map((line) => line.stream)).toEqual(['stdout', 'stderr', 'stdout', 'stdout']);
});

test('a character cut by a chunk is whole again', () => {
  const bytes = encoder.encode('gr\u00fcn\n');
  const tail = new OutputTail(0, 10);
  tail.push({ seq: 0, stream: 'stdout', at: 0, bytes: bytes.slice(0, 3) });
  tail.push({ seq: 1, stream: 'stdout', at: 0, bytes: bytes.slice(3) });
  expect(texts(tail)).toEqual(['gr\u00fcn']);
});

test('a chunk that comes again is ignored', () => {
  const tail = new OutputTail(0, 10);
  tail.push(chunk(0, 'a\n'));
  tail.push(chunk(0, 'a\n'));
  tail.push(chunk(1, 'b\n'));
  expect(texts(tail)).toEqual(['a', 'b']);
  expect(tail.next).toBe(2);
});

test('it stays bounded and older chunks can be put back without a gap', () => {
  const tail = new OutputTail(0, 50);
  const all = Array.from({ length: 400 }, (_, i) => chunk(i, `line ${i}\n`));
  for (const one of all) tail.push(one);
  expect(texts(tail).length).toBeLessThanOrEqual(50 + 32 + 1);
  expect(texts(tail).at(-1)).toBe('line 399');
  const first = tail.firstSeq;
  tail.prepend(all.slice(first - 60, first), 20);
  expect(tail.firstSeq).toBe(first - 20);
  expect(texts(tail)).toEqual(all.slice(first - 20).map((_, i) => `line ${first - 20 + i}`));
});

test('a gap stands on a line of its own and ends what was begun', () => {
  const tail = new OutputTail(0, 10);
  tail.push(chunk(0, 'one\nhal'));
  tail.push({ ...chunk(1, ''), gap: '\u2026 2.0 GiB not kept \u2026' });
  tail.push(chunk(2, 'f\nlast\n'));
  expect(texts(tail)).toEqual(['one', 'hal', '\u2026 2.0 GiB not kept \u2026', 'f', 'last']);
  expect(tail.lines().map((line) => line.gap)).toEqual([undefined, undefined, true, undefined, undefined]);
});

test('a very long line is shown in pieces', () => {
  const tail = new OutputTail(0, 50);
  tail.push(chunk(0, `${'x'.repeat(LINE_CHARS_MAX * 2 + 5)}\nshort\n`));
  expect(texts(tail).map((text) => text.length)).toEqual([LINE_CHARS_MAX, LINE_CHARS_MAX, 5, 5]);
  tail.push(chunk(1, 'y'.repeat(LINE_CHARS_MAX + 1)));
  expect(
    texts(tail)
      .slice(-2)
      .map((text) => text.length),
  ).toEqual([LINE_CHARS_MAX, 1]);
});
