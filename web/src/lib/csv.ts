// Lists of runs as CSV, put in one.
//
// Pure. Rows are the server's (RFC 4180) and stay as they are; only where they end, and one of their cells, is read here.

/** Returns the rows of a text, each without its end; a line break within quotes ends none. */
export function rowsOf(text: string): string[] {
  const rows: string[] = [];
  let begin = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === '\n' && !quoted) {
      rows.push(text.slice(begin, at).replace(/\r$/, ''));
      begin = at + 1;
    }
  }
  if (begin < text.length) rows.push(text.slice(begin));
  return rows;
}

/** Returns the cells of a row. */
export function cellsOf(row: string): string[] {
  // Each cell is followed by a comma; the row's last gets one of its own.
  return [...`${row},`.matchAll(/("(?:[^"]|"")*"|[^,]*),/g)].map(([, cell = '']) =>
    cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
  );
}

/** Puts texts of the same columns in one, by a column that falls: newest first where it is a time. */
export function joined(texts: string[], column: string): string {
  const all = texts.map(rowsOf);
  const head = all[0]?.[0] ?? '';
  const place = cellsOf(head).indexOf(column);
  const rows = all.flatMap((one) => one.slice(1)).map((row) => ({ row, key: cellsOf(row)[place] ?? '' }));
  rows.sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
  return `${[head, ...rows.map(({ row }) => row)].join('\r\n')}\r\n`;
}
