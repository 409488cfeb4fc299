// What differs between two texts, line by line, as a unified diff shows it.
//
// Pure. Lines that are alike are kept for some lines around a change; the rest becomes one "gap". A text too large to
// compare well is shown as taken out and put in: still true, only longer.
// Not here: which fields of a job differ. The server says that.

export type DiffLine =
  | { kind: 'same' | 'out' | 'in'; text: string; before?: number; after?: number }
  | { kind: 'gap'; lines: number };

/** Lines shown around a change. */
const CONTEXT = 3;
/** Cells of the table of common lines: 4 million take some ten milliseconds. */
const CELLS_MAX = 4_000_000;

/** Returns the lines of `before` and `after` in one sequence. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const middle = compare(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const all: Step[] = [
    ...a.slice(0, head).map((text): Step => ['same', text]),
    ...middle,
    ...a.slice(a.length - tail).map((text): Step => ['same', text]),
  ];
  return folded(numbered(all));
}

type Step = ['same' | 'out' | 'in', string];

/** A last line without its end is another line than one with it only where both stand alone: it is not told apart. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  return text.replace(/\n$/, '').split('\n');
}

function compare(a: string[], b: string[]): Step[] {
  const out = a.map((text): Step => ['out', text]);
  const put = b.map((text): Step => ['in', text]);
  if (a.length === 0 || b.length === 0 || a.length * b.length > CELLS_MAX) return [...out, ...put];
  const common = commonLengths(a, b);
  const width = b.length + 1;
  const steps: Step[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const below = common[(i + 1) * width + j] ?? 0;
    const right = common[i * width + j + 1] ?? 0;
    if (a[i] === b[j]) {
      steps.push(['same', a[i] ?? '']);
      i += 1;
      j += 1;
    } else if (below >= right) {
      steps.push(['out', a[i] ?? '']);
      i += 1;
    } else {
      steps.push(['in', b[j] ?? '']);
      j += 1;
    }
  }
  return [...steps, ...out.slice(i), ...put.slice(j)];
}

/** Returns at [i, j] how many lines `a` from i and `b` from j have in common, in order. */
function commonLengths(a: string[], b: string[]): Uint32Array {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] =
        a[i] === b[j]
          ? (table[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
    }
  }
  return table;
}

function numbered(steps: Step[]): Exclude<DiffLine, { kind: 'gap' }>[] {
  let before = 0;
  let after = 0;
  return steps.map(([kind, text]) => {
    if (kind !== 'in') before += 1;
    if (kind !== 'out') after += 1;
    return {
      kind,
      text,
      before: kind === 'in' ? undefined : before,
      after: kind === 'out' ? undefined : after,
    };
  });
}

/** Leaves out lines that are alike and far from every change; one line alone is not worth a gap. */
function folded(lines: Exclude<DiffLine, { kind: 'gap' }>[]): DiffLine[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, at) => {
    if (line.kind === 'same') return;
    near.fill(1, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
  });
  const kept: DiffLine[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at;
    while (end < lines.length && !near[end]) end += 1;
    if (end - at > 1) kept.push({ kind: 'gap', lines: end - at });
    else if (end - at === 1) kept.push(lines[at] as DiffLine);
    if (end < lines.length) kept.push(lines[end] as DiffLine);
    at = end + 1;
  }
  return kept;
}
