// Which jobs are chosen: one by one, a range with the shift key, or all that are shown.

import { useCallback, useRef, useState } from 'react';

/** `names` are those shown, in their order. */
export function useChosen(names: string[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const order = useRef(names);
  order.current = names;
  const last = useRef<string>(undefined);

  /** Chooses jobs or takes them back; with `range` also those between the one before and this one. */
  const choose = useCallback((which: string[], on: boolean, range = false) => {
    const taken = range ? between(order.current, last.current, which[0]) : which;
    last.current = which.length === 1 ? which[0] : undefined;
    setChosen((now) => {
      const next = new Set(now);
      for (const name of taken) {
        if (on) next.add(name);
        else next.delete(name);
      }
      return next;
    });
  }, []);
  const clear = useCallback(() => setChosen(new Set()), []);
  return { chosen, choose, clear };
}

function between(names: string[], from: string | undefined, to: string | undefined): string[] {
  const ends = [from, to].map((name) => names.indexOf(name ?? '')).filter((at) => at >= 0);
  return names.slice(Math.min(...ends), Math.max(...ends) + 1);
}
