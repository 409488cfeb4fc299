// What changes in the fleet, live: one stream for the whole page, however many parts of it listen.
//
// Flow: `api/client` stream → `lib/follow` → `lib/fleet` → **`useFleet`** → lists and Home.
// The stream is opened for the first who listens and closed a while after the last has gone, so that going from page to
// page does not open it anew.

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { openStream } from '../api/client';
import { ProblemError } from '../api/problem';
import { type Told, toldBy } from '../lib/fleet';
import { type FollowState, follow } from '../lib/follow';

type Listener = (told: Told) => void;

const LINGER_MS = 3000;

const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let state: FollowState = 'connecting';
let stop: AbortController | undefined;
let closing: ReturnType<typeof setTimeout> | undefined;

function setState(next: FollowState) {
  state = next;
  for (const watcher of watchers) watcher();
}

function tell(told: Told) {
  for (const listener of listeners) listener(told);
}

function begin() {
  clearTimeout(closing);
  if (stop) return;
  const mine = new AbortController();
  stop = mine;
  let known = false;
  let broke = false;
  follow({
    open: (lastId, signal) => openStream('/api/v1/events', lastId, signal),
    onEvent: (event) => {
      const told = toldBy(event);
      // Who has never had an id cannot go on where it was: what went by while the stream was cut is not told any more.
      if (told || (broke && !known)) tell(told ?? 'anew');
      known ||= event.id !== undefined;
      return undefined;
    },
    onState: (next) => {
      broke ||= next === 'waiting';
      if (stop === mine) setState(next);
    },
    isFinal: (error) => error instanceof ProblemError && error.status === 401,
    signal: mine.signal,
  })
    // The session has ended: what asks next hears it and goes to the login.
    .catch(() => {})
    .finally(() => {
      if (stop === mine) stop = undefined;
    });
}

function endSoon() {
  closing = setTimeout(() => {
    stop?.abort();
    stop = undefined;
  }, LINGER_MS);
}

/** Calls `onTold` with each event while the component stands. */
export function useFleet(onTold: Listener) {
  const latest = useRef(onTold);
  latest.current = onTold;
  useEffect(() => {
    const listener: Listener = (told) => latest.current(told);
    listeners.add(listener);
    begin();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) endSoon();
    };
  }, []);
}

/** Returns how the stream stands. */
export function useFleetState(): FollowState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}
