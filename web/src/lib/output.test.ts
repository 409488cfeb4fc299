// Output in the browser: lines across chunks, two streams, bounded, nothing twice.

import { expect, test } from 'vitest';
import { type Chunk, LINE_CHARS_MAX, lastChunks, OutputWindow } from './output';

const encoder = new TextEncoder();
const chunk = (seq: number, text: string, stream: Chunk['stream'] = 'stdout'): Chunk => ({
  seq,
  stream,
  at: seq,
  bytes: encoder.encode(text),
});
const texts = (window: OutputWindow) => window.lines().map((line) => line.text);

test('lines are put together across chunks, each stream for itself', () => {
  const window = new OutputWindow(0, 100);
  window.push(chunk(0, 'one\ntw'));
  window.push(chunk(1, 'oops\n', 'stderr'));
  window.push(chunk(2, 'o\nopen'));
  expect(texts(window)).toEqual(['one', 'oops', 'two', 'open']);
  expect(window.lines().map((line) => line.stream)).toEqual(['stdout', 'stderr', 'stdout', 'stdout']);
});

test('a character cut by a chunk is whole again', () => {
  const bytes = encoder.encode('gr\u00fcn\n');
  const window = new OutputWindow(0, 10);
  window.push({ seq: 0, stream: 'stdout', at: 0, bytes: bytes.slice(0, 3) });
  window.push({ seq: 1, stream: 'stdout', at: 0, bytes: bytes.slice(3) });
  expect(texts(window)).toEqual(['gr\u00fcn']);
});

test('a chunk that comes again is ignored', () => {
  const window = new OutputWindow(0, 10);
  window.push(chunk(0, 'a\n'));
  window.push(chunk(0, 'a\n'));
  window.push(chunk(1, 'b\n'));
  expect(texts(window)).toEqual(['a', 'b']);
  expect(window.next).toBe(2);
});

test('it stays bounded at either end and what has left can be fetched again', () => {
  const window = new OutputWindow(0, 50);
  window.setBefore(0, 0);
  const all = Array.from({ length: 400 }, (_, i) => chunk(i, `line ${i}\n`));
  for (const one of all) window.push(one);
  expect(texts(window).length).toBeLessThanOrEqual(50 + 32 + 1);
  expect(texts(window).at(-1)).toBe('line 399');
  const first = window.firstSeq;
  window.prepend(all.slice(first - 60, first), 20);
  expect(window.firstSeq).toBe(first - 20);
  expect(window.next).toBe(first + 30);
  expect(texts(window)).toEqual(Array.from({ length: 50 }, (_, i) => `line ${first - 20 + i}`));
  for (const one of all.slice(window.next)) window.push(one);
  expect(texts(window).at(-1)).toBe('line 399');
});

// Fails when chunks that leave, or come before, are not reckoned.
test('a line keeps its number and its key whatever leaves and comes', () => {
  const all = Array.from({ length: 300 }, (_, i) =>
    chunk(i, `${2 * i + 1}\n${2 * i + 2}\n`, i % 3 ? 'stdout' : 'stderr'),
  );
  const window = new OutputWindow(100, 50);
  window.push(all[100] as Chunk);
  window.setBefore(100, 200);
  const keys = new Map<string, number>();
  const check = () => {
    for (const { key, end, text } of window.lines()) {
      expect((window.before ?? 0) + (end ?? 0)).toBe(Number(text));
      expect(keys.get(text) ?? key).toBe(key);
      keys.set(text, key);
    }
  };
  for (const one of all.slice(101, 250)) {
    window.push(one);
    check();
  }
  window.prepend(all.slice(0, window.firstSeq), 20);
  check();
  for (const one of all.slice(window.next)) window.push(one);
  check();
  window.setBefore(7, 0);
  check();
});

test('a gap stands on a line of its own and ends what was begun', () => {
  const window = new OutputWindow(0, 10);
  window.push(chunk(0, 'one\nhal'));
  window.push({ ...chunk(1, ''), gap: '\u2026 2.0 GiB not kept \u2026' });
  window.push(chunk(2, 'f\nlast\n'));
  expect(texts(window)).toEqual(['one', 'hal', '\u2026 2.0 GiB not kept \u2026', 'f', 'last']);
  expect(window.lines().map((line) => line.gap)).toEqual([undefined, undefined, true, undefined, undefined]);
});

test('a very long line is shown in pieces', () => {
  const window = new OutputWindow(0, 50);
  window.push(chunk(0, `${'x'.repeat(LINE_CHARS_MAX * 2 + 5)}\nshort\n`));
  expect(texts(window).map((text) => text.length)).toEqual([LINE_CHARS_MAX, LINE_CHARS_MAX, 5, 5]);
  window.push(chunk(1, 'y'.repeat(LINE_CHARS_MAX + 1)));
  expect(
    texts(window)
      .slice(-2)
      .map((text) => text.length),
  ).toEqual([LINE_CHARS_MAX, 1]);
});

test('the end that is shown first is bounded by what it holds', () => {
  expect(lastChunks(0, 0, 3000)).toBe(0);
  expect(lastChunks(10, 20, 3000)).toBe(0);
  expect(lastChunks(300, 1_000_000, 3000)).toBe(298);
  expect(lastChunks(1000, 10_000, 3000)).toBe(700);
});
