// The one loop behind everything live: connect, hand on events, come back after a break from the same place.
//
// Flow: `api/client` opens the stream → **`follow`** → `components/LogView`.
// Ends on abort, when a handler says so, or on an answer that will not change by asking again. Between tries it
// waits longer each time, with jitter so that many pages do not come back at one moment; an event resets the wait.
// Not here: what the events mean.

import { EventReader, type ServerEvent } from './sse';

export type FollowState = 'connecting' | 'open' | 'waiting' | 'ended';

export type FollowOptions = {
  /** Opens the stream; `lastId` is the id of the last event seen, to go on after it. */
  open: (lastId: string | undefined, signal: AbortSignal) => Promise<Response>;
  /** Takes one event; returns 'stop' when nothing more will come. */
  onEvent: (event: ServerEvent) => 'stop' | undefined;
  /** Hears of every change of state; `retryInMs` with 'waiting'. */
  onState?: (state: FollowState, retryInMs?: number) => void;
  /** Says whether a failure to open is final. */
  isFinal?: (error: unknown) => boolean;
  signal: AbortSignal;
  /** A stream that says nothing for this long is taken for dead. */
  silenceMs?: number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
};

/** First wait after a break. */
const WAIT_MS_MIN = 500;
/** Longest wait between two tries. */
const WAIT_MS_MAX = 15_000;
/** The server says at least "still here" far more often. */
const SILENCE_MS_MAX = 60_000;

/** Follows a stream until it ends; throws only what `isFinal` calls final. */
export async function follow(options: FollowOptions): Promise<void> {
  const { signal, onState = () => {}, sleep = pause, random = Math.random } = options;
  let lastId: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      onState('connecting');
      const response = await options.open(lastId, signal);
      onState('open');
      for await (const event of events(response, signal, options.silenceMs ?? SILENCE_MS_MAX)) {
        failures = 0;
        if (event.id !== undefined) lastId = event.id;
        if (options.onEvent(event) === 'stop') return onState('ended');
      }
    } catch (error) {
      if (signal.aborted) return;
      if (options.isFinal?.(error)) {
        onState('ended');
        throw error;
      }
    }
    if (signal.aborted) return;
    const wait = backOff(failures, random());
    failures += 1;
    onState('waiting', wait);
    await sleep(wait, signal);
  }
}

/** Returns how long to wait after `failures` breaks in a row: doubled each time, between half and all of it. */
export function backOff(failures: number, random: number): number {
  const full = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** Math.min(failures, 10));
  return Math.round(full * (0.5 + random / 2));
}

async function* events(
  response: Response,
  signal: AbortSignal,
  silenceMs: number,
): AsyncGenerator<ServerEvent> {
  const body = response.body?.getReader();
  if (!body) return;
  const reader = new EventReader();
  const stop = () => void body.cancel().catch(() => {});
  let silence: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (true) {
      silence = setTimeout(stop, silenceMs);
      const { done, value } = await body.read();
      clearTimeout(silence);
      if (done) return;
      yield* reader.push(value);
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
