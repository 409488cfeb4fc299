// A run's output while somebody looks at it: a window of its lines, live at the end or standing anywhere before it.
//
// Flow: `api/client` stream or pages → `lib/follow` → `lib/output` → **`useOutput`** → `LogView`.
// The page draws at most ten times a second, however fast the output comes. A window that leaves the end stops the
// stream; one that reaches it again goes on with it, so that nothing is missed and nothing comes twice.

import { useCallback, useEffect, useRef, useState } from 'react';
import { openStream, request } from '../api/client';
import { messageOf, ProblemError } from '../api/problem';
import type { ChunkView, OutputEnd } from '../api/types';
import { type FollowState, follow } from '../lib/follow';
import { type Chunk, type Line, lastChunks, OutputWindow } from '../lib/output';
import { goToLogin } from './navigation';

/** Lines kept in the browser. */
const LINES_MAX = 5000;
/** Lines that one step to either side brings. */
const STEP_LINES = 1000;
/** Chunks that the requests of one step ask for: one may hold thousands of lines, or a single one. */
const STEP_CHUNKS = [2, 10, 50, 250];
/** Lines at the end that are shown first. */
const LAST_LINES = 3000;
const DRAW_MS = 100;

/** A place in the output, by the number of a line or of a chunk. */
export type Place = { line: number } | { chunk: number };

export type Output = {
  lines: Line[];
  /** Line ends before those that `Line.end` counts; unknown for a moment. */
  before: number | undefined;
  /** Number of the first chunk shown: above 0 there is earlier output. */
  firstSeq: number;
  /** True while the window moves with the end of the output. */
  live: boolean;
  state: FollowState;
  end?: OutputEnd;
  error?: string;
  loadEarlier: () => Promise<void>;
  loadLater: () => Promise<void>;
  toEnd: () => Promise<void>;
  /** Moves the window to a place, unless it is there; returns the number of the chunk, none when there is no such line. */
  show: (place: Place) => Promise<number | undefined>;
};

/** Follows the output of `run`, which stays the same, from chunk `from` on. */
export function useOutput(run: string, from: number, onEnd: () => void): Output {
  const held = useRef(new OutputWindow(from, LINES_MAX));
  const stream = useRef<AbortController>(undefined);
  // A window that is live again, or another one, is followed anew.
  const [live, setLive] = useState<OutputWindow | undefined>(held.current);
  const [view, setView] = useState({
    lines: [] as Line[],
    firstSeq: from,
    before: undefined as number | undefined,
  });
  const [state, setState] = useState<FollowState>('connecting');
  const [end, setEnd] = useState<OutputEnd>();
  const [error, setError] = useState<string>();
  const ended = useRef(onEnd);
  ended.current = onEnd;

  const draw = useCallback(() => {
    const { firstSeq, before } = held.current;
    setView({ lines: held.current.lines(), firstSeq, before });
  }, []);
  const failed = useCallback((problem: unknown) => {
    if (problem instanceof ProblemError && problem.status === 401) goToLogin();
    setError(messageOf(problem));
  }, []);

  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    stream.current = stop;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const drawSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        draw();
      }, DRAW_MS);
    };
    follow({
      open: (lastId, signal) =>
        openStream(`/api/v1/runs/${run}/output/stream?from=${live.next}`, lastId, signal),
      onEvent: (event) => {
        // What was read before the stop and is handed on after it would tear the window.
        if (stop.signal.aborted) return 'stop';
        if (event.event === 'chunk') {
          live.push(chunkOf(JSON.parse(event.data)));
          drawSoon();
        }
        if (event.event !== 'end') return undefined;
        setEnd(JSON.parse(event.data));
        ended.current();
        return 'stop';
      },
      onState: setState,
      isFinal: (problem) => problem instanceof ProblemError && problem.status >= 400 && problem.status < 500,
      signal: stop.signal,
    }).catch(failed);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [run, live, draw, failed]);

  const position = useCallback(
    (query: { line?: number; chunk?: number }) =>
      request('get', '/api/v1/runs/{id}/output/lines', { path: { id: run }, query }),
    [run],
  );
  const page = useCallback(
    async (first: number, limit: number) => {
      const query = { from: first, limit };
      return (await request('get', '/api/v1/runs/{id}/output', { path: { id: run }, query })).chunks.map(
        chunkOf,
      );
    },
    [run],
  );

  const number = useCallback(async () => {
    const window = held.current;
    if (window.firstSeq === 0) window.setBefore(0, 0);
    const { firstSeq } = window;
    if (window.before === undefined)
      window.setBefore(firstSeq, (await position({ chunk: firstSeq })).lines_before);
    draw();
  }, [position, draw]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the window that the page begins with
  useEffect(() => void number().catch(failed), []);

  /** Puts earlier chunks before those held. */
  const grow = useCallback(
    async (window: OutputWindow, enough: number) => {
      let lines = window.lines().length;
      const wanted = lines + enough;
      for (const limit of STEP_CHUNKS) {
        if (window.firstSeq === 0 || lines >= wanted) return;
        const first = Math.max(0, window.firstSeq - limit);
        window.prepend(await page(first, window.firstSeq - first), wanted - lines);
        lines = window.lines().length;
      }
    },
    [page],
  );
  /** Puts later chunks after those held; returns false when there are no more of them now. */
  const extend = useCallback(
    async (window: OutputWindow, enough: number) => {
      const wanted = window.lastEnd + enough;
      for (const limit of STEP_CHUNKS) {
        const chunks = await page(window.next, limit);
        for (const chunk of chunks) {
          // More would push out at the front what is looked at.
          if (window.lastEnd >= wanted) return true;
          window.push(chunk);
        }
        if (chunks.length < limit) return false;
      }
      return true;
    },
    [page],
  );
  const leave = useCallback(() => {
    stream.current?.abort();
    setLive(undefined);
  }, []);

  const loadEarlier = useCallback(async () => {
    if (held.current.firstSeq === 0) return;
    leave();
    try {
      await grow(held.current, STEP_LINES);
      await number();
      draw();
    } catch (problem) {
      failed(problem);
    }
  }, [grow, number, leave, draw, failed]);

  const loadLater = useCallback(async () => {
    const window = held.current;
    try {
      if (!(await extend(window, STEP_LINES)) && window === held.current) setLive(window);
      draw();
    } catch (problem) {
      failed(problem);
    }
  }, [extend, draw, failed]);

  const toEnd = useCallback(async () => {
    try {
      const { chunks, lines } = await position({});
      leave();
      held.current = new OutputWindow(lastChunks(chunks, lines, LAST_LINES), LINES_MAX);
      setLive(held.current);
      await number();
    } catch (problem) {
      failed(problem);
    }
  }, [position, leave, number, failed]);

  const show = useCallback(
    async (place: Place) => {
      try {
        const found = await position(place);
        if ('line' in place && place.line > found.lines) return undefined;
        const { firstSeq, next } = held.current;
        if (found.chunk >= firstSeq && found.chunk < next) return found.chunk;
        leave();
        const window = new OutputWindow(found.chunk, LINES_MAX);
        window.setBefore(found.chunk, found.lines_before);
        await extend(window, STEP_LINES);
        await grow(window, STEP_LINES / 2);
        held.current = window;
        draw();
        return found.chunk;
      } catch (problem) {
        failed(problem);
        return undefined;
      }
    },
    [position, leave, extend, grow, draw, failed],
  );

  return { ...view, live: live !== undefined, state, end, error, loadEarlier, loadLater, toEnd, show };
}

const encoder = new TextEncoder();

function chunkOf({ seq, stream, at, text, base64, gap }: ChunkView): Chunk {
  const bytes = base64
    ? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    : encoder.encode(text ?? '');
  return { seq, stream, at: Date.parse(at), bytes, gap: gap?.words };
}
