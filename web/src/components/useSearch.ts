// A search through the whole of a run's output, by the server: the matches that were found, and the one that is shown.
//
// Pages of matches are fetched as they are walked through. Flow: `LogSearch` → **`useSearch`** → `LogView` goes there.

import { useCallback, useRef, useState } from 'react';
import { request } from '../api/client';
import { messageOf } from '../api/problem';
import type { LineMatch } from '../api/types';

const PAGE = 500;

export type Query = { pattern: string; regex: boolean };

export type Search = {
  query?: Query;
  matches: LineMatch[];
  /** Index of the match that is shown. */
  index: number;
  /** True while there may be more than `matches`. */
  more: boolean;
  busy: boolean;
  /** Lines that were looked at. */
  lines: number;
  error?: string;
  /** Searches, or goes to the next match where the query is the same. */
  submit: (query: Query) => Promise<void>;
  /** Goes on by so many matches, around the end where all are known. */
  step: (by: 1 | -1) => Promise<void>;
  clear: () => void;
};

type Found = { query?: Query; matches: LineMatch[]; index: number; next?: string; lines: number };

const NOTHING: Found = { matches: [], index: -1, lines: 0 };

/** Searches the output of `run`; `onFound` is told of each match that is gone to. */
export function useSearch(run: string, onFound: (match: LineMatch) => void): Search {
  const [found, setFound] = useState<Found>(NOTHING);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const serial = useRef(0);

  /** Fetches until a page has matches, or there are no more. */
  const more = useCallback(
    async (from: Found, query: Query): Promise<Found> => {
      let at = from;
      do {
        const page = await request('get', '/api/v1/runs/{id}/output/search', {
          path: { id: run },
          query: { ...query, limit: PAGE, cursor: at.next },
        });
        at = {
          ...at,
          query,
          matches: [...at.matches, ...page.matches],
          next: page.next ?? undefined,
          lines: page.lines,
        };
      } while (at.next && at.matches.length === from.matches.length);
      return at;
    },
    [run],
  );

  const act = useCallback(
    async (work: () => Promise<Found>) => {
      serial.current += 1;
      const mine = serial.current;
      setBusy(true);
      setError(undefined);
      try {
        const after = await work();
        // Another search may have begun meanwhile, or this one be given up.
        if (mine !== serial.current) return;
        setFound(after);
        const match = after.matches[after.index];
        if (match) onFound(match);
      } catch (problem) {
        if (mine === serial.current) setError(messageOf(problem));
      } finally {
        if (mine === serial.current) setBusy(false);
      }
    },
    [onFound],
  );

  const step = useCallback(
    (by: 1 | -1) =>
      act(async () => {
        const { query, matches, index, next } = found;
        const to = index + by;
        if (query && to >= matches.length && next) {
          const after = await more(found, query);
          return { ...after, index: to < after.matches.length ? to : 0 };
        }
        return { ...found, index: matches.length === 0 ? -1 : (to + matches.length) % matches.length };
      }),
    [act, more, found],
  );

  const submit = useCallback(
    (query: Query) => {
      const same = found.query?.pattern === query.pattern && found.query.regex === query.regex;
      if (same && found.matches.length > 0) return step(1);
      return act(async () => ({ ...(await more(NOTHING, query)), index: 0 }));
    },
    [act, more, step, found],
  );

  const clear = useCallback(() => {
    serial.current += 1;
    setFound(NOTHING);
    setBusy(false);
    setError(undefined);
  }, []);

  const { query, matches, index, next, lines } = found;
  return { query, matches, index, more: next !== undefined, lines, busy, error, submit, step, clear };
}
