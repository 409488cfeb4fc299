// A run's output while somebody looks at it: the last lines, live, from the right place after every break.
//
// Flow: `api/client` stream → `lib/follow` → `lib/output` → **`useOutput`** → `LogView`.
// The page draws at most ten times a second, however fast the output comes.

import { useCallback, useEffect, useRef, useState } from 'react';
import { openStream, request } from '../api/client';
import { messageOf, ProblemError } from '../api/problem';
import type { ChunkView, OutputEnd } from '../api/types';
import { type FollowState, follow } from '../lib/follow';
import { type Chunk, type Line, OutputTail } from '../lib/output';
import { goToLogin } from './navigation';

/** Lines kept in the browser. */
const LINES_MAX = 5000;
/** Chunks fetched by one press on "load earlier". */
const EARLIER_CHUNKS = 100;
const DRAW_MS = 100;

export type Output = {
  lines: Line[];
  /** Number of the first chunk shown: above 0 there is earlier output. */
  firstSeq: number;
  state: FollowState;
  end?: OutputEnd;
  error?: string;
  loadEarlier: () => Promise<void>;
};

/** Follows the output of `run` from chunk `from` on. */
export function useOutput(run: string, from: number, onEnd: () => void): Output {
  const tail = useRef<OutputTail | undefined>(undefined);
  const [view, setView] = useState<Pick<Output, 'lines' | 'firstSeq'>>({ lines: [], firstSeq: from });
  const [state, setState] = useState<FollowState>('connecting');
  const [end, setEnd] = useState<OutputEnd>();
  const [error, setError] = useState<string>();
  const ended = useRef(onEnd);
  ended.current = onEnd;

  const draw = useCallback(() => {
    if (tail.current) setView({ lines: tail.current.lines(), firstSeq: tail.current.firstSeq });
  }, []);

  useEffect(() => {
    const output = new OutputTail(from, LINES_MAX);
    tail.current = output;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const drawSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        draw();
      }, DRAW_MS);
    };
    follow({
      open: (lastId, signal) =>
        openStream(`/api/v1/runs/${run}/output/stream?from=${output.next}`, lastId, signal),
      onEvent: (event) => {
        if (event.event === 'chunk') {
          output.push(chunkOf(JSON.parse(event.data)));
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
    }).catch((problem) => {
      if (problem instanceof ProblemError && problem.status === 401) goToLogin();
      setError(messageOf(problem));
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [run, from, draw]);

  const loadEarlier = useCallback(async () => {
    const output = tail.current;
    if (!output || output.firstSeq === 0) return;
    const first = Math.max(0, output.firstSeq - EARLIER_CHUNKS);
    try {
      const page = await request('get', '/api/v1/runs/{id}/output', {
        path: { id: run },
        query: { from: first, limit: output.firstSeq - first },
      });
      output.prepend(page.chunks.map(chunkOf), LINES_MAX);
      draw();
    } catch (problem) {
      setError(messageOf(problem));
    }
  }, [run, draw]);

  return { ...view, state, end, error, loadEarlier };
}

const encoder = new TextEncoder();

function chunkOf({ seq, stream, at, text, base64, gap }: ChunkView): Chunk {
  const bytes = base64
    ? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    : encoder.encode(text ?? '');
  return { seq, stream, at: Date.parse(at), bytes, gap: gap?.words };
}
