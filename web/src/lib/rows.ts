// Which rows of a long list stand in sight: only those are drawn.
//
// Pure: rows are of one height, so that a list of ten thousand costs what a screenful costs.

export type Range = { first: number; end: number };

/** Rows drawn beyond the edges, so that a quick scroll meets rows. */
const SPARE_ROWS = 8;

/** Returns the rows in sight: `above` pixels of the list lie above the screen of `height` pixels. */
export function rowsInSight(above: number, height: number, rowHeight: number, count: number): Range {
  const first = Math.floor(above / rowHeight) - SPARE_ROWS;
  const end = Math.ceil((above + height) / rowHeight) + SPARE_ROWS;
  return { first: clamp(first, count), end: clamp(end, count) };
}

function clamp(row: number, count: number): number {
  return Math.max(0, Math.min(count, row));
}
