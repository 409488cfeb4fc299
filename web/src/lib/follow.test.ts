// The follow loop against a server that is made of arrays: resumes, backs off, stops.

import { expect, test } from 'vitest';
import { backOff, type FollowState, follow } from './follow';
import { EventReader } from './sse';

const encoder = new TextEncoder();
const answer = (...parts: string[]) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(encoder.encode(part));
        controller.close();
      },
    }),
  );

test('events are read however the bytes are cut', () => {
  const text = 'event: chunk\r\nid: 7\r\ndata: {"a":1}\r\n\r\n: ping\n\ndata: one\ndata: zw\u00f6lf\n\n';
  const bytes = encoder.encode(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < bytes.length; at += size) events.push(...reader.push(bytes.slice(at, at + size)));
    expect(events).toEqual([
      { event: 'chunk', data: '{"a":1}', id: '7' },
      { event: 'message', data: 'one\nzw\u00f6lf', id: '7' },
    ]);
  }
});

test('after a break it goes on behind the last event', async () => {
  const asked: (string | undefined)[] = [];
  const seen: string[] = [];
  const states: FollowState[] = [];
  const answers = [answer('id: 1\ndata: a\n\n'), answer('id: 2\ndata: b\n\nevent: end\ndata: {}\n\n')];
  await follow({
    open: async (lastId) => {
      asked.push(lastId);
      const next = answers.shift();
      if (!next) throw new Error('asked too often');
      return next;
    },
    onEvent: (event) => {
      if (event.event === 'end') return 'stop';
      seen.push(event.data);
    },
    onState: (state) => states.push(state),
    signal: new AbortController().signal,
    sleep: async () => {},
  });
  expect(asked).toEqual([undefined, '1']);
  expect(seen).toEqual(['a', 'b']);
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open', 'ended']);
});

test('it waits longer with each failure and starts over after an event', async () => {
  const waits: number[] = [];
  const stop = new AbortController();
  let tries = 0;
  await follow({
    open: async () => {
      tries += 1;
      if (tries === 4) return answer('data: x\n\n');
      if (tries === 6) stop.abort();
      throw new Error('no server');
    },
    onEvent: () => undefined,
    onState: (state, wait) => void (state === 'waiting' && waits.push(wait ?? 0)),
    signal: stop.signal,
    sleep: async () => {},
    random: () => 1,
  });
  expect(waits).toEqual([500, 1000, 2000, 500, 1000]);
});

test('a stream that falls silent is opened anew', async () => {
  const silent = new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(encoder.encode('id: 4\ndata: a\n\n')) }),
  );
  const asked: (string | undefined)[] = [];
  const answers = [silent, answer('event: end\ndata: {}\n\n')];
  await follow({
    open: async (lastId) => {
      asked.push(lastId);
      return answers.shift() ?? answer();
    },
    onEvent: (event) => (event.event === 'end' ? 'stop' : undefined),
    signal: new AbortController().signal,
    silenceMs: 20,
    sleep: async () => {},
  });
  expect(asked).toEqual([undefined, '4']);
});

test('a final error ends it', async () => {
  const gone = new Error('no such run');
  const loop = follow({
    open: async () => Promise.reject(gone),
    onEvent: () => undefined,
    isFinal: (error) => error === gone,
    signal: new AbortController().signal,
    sleep: async () => {},
  });
  await expect(loop).rejects.toBe(gone);
});

test('the wait is bounded', () => {
  expect(backOff(100, 1)).toBe(15_000);
  expect(backOff(0, 0)).toBe(250);
});
