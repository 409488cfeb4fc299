// Which rows of a table are on the screen, as the page scrolls and changes its size.

import { type RefObject, useEffect, useState } from 'react';
import { type Range, rowsInSight } from '../../lib/rows';

/** Returns the rows of `table` to draw; its rows are all `rowHeight` high. */
export function useRowsInSight(
  table: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
): Range {
  const [range, setRange] = useState<Range>({ first: 0, end: Math.min(count, 40) });
  useEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      const top = table.current?.getBoundingClientRect().top ?? 0;
      const next = rowsInSight(-top, window.innerHeight, rowHeight, count);
      setRange((now) => (now.first === next.first && now.end === next.end ? now : next));
    };
    const soon = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    window.addEventListener('scroll', soon, { passive: true });
    window.addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', soon);
      window.removeEventListener('resize', soon);
    };
  }, [table, rowHeight, count]);
  return { first: Math.min(range.first, count), end: Math.min(range.end, count) };
}
