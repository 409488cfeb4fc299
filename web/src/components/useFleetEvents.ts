// What happens to jobs, runs and workers, as it happens: lists are asked again at once instead of after their pace.
//
// Flow: `GET /api/v1/events` → `lib/follow` → **`useFleetEvents`** → a fresh look at what the page shows.
// A burst of events asks once: what is shown is read, never made up from events.

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { openStream } from '../api/client';
import { ProblemError } from '../api/problem';
import { refresh } from '../api/queries';
import type { FleetEvent } from '../api/types';
import { type FollowState, follow } from '../lib/follow';

/** Events within this time ask the server once. */
const BURST_MS = 400;

/** Asks again for what the page shows on each event that `concerns` it; returns how the stream stands. */
export function useFleetEvents(concerns: (event: FleetEvent) => boolean): FollowState {
  const client = useQueryClient();
  const [state, setState] = useState<FollowState>('connecting');
  const latest = useRef(concerns);
  latest.current = concerns;
  useEffect(() => {
    const stop = new AbortController();
    let burst: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      burst ??= setTimeout(() => {
        burst = undefined;
        void refresh(client);
      }, BURST_MS);
    };
    void follow({
      signal: stop.signal,
      open: (lastId, signal) => openStream('/api/v1/events', lastId, signal),
      onState: setState,
      onEvent: ({ event, data }) => {
        // `begin` follows each break: what happened during it may have been missed.
        if (['begin', 'reset', 'cut'].includes(event) || latest.current(JSON.parse(data))) look();
        return undefined;
      },
      isFinal: (error) => error instanceof ProblemError && error.status >= 400 && error.status < 500,
    }).catch(() => {
      // Lists go on by their own pace, and their errors are shown where they stand.
    });
    return () => {
      stop.abort();
      clearTimeout(burst);
    };
  }, [client]);
  return state;
}
