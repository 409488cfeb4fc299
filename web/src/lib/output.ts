// A run's output as the browser holds it: a window of its lines, cut from chunks.
//
// Flow: chunks (from a page or the stream) → **`OutputWindow`** → `components/LogView`.
// Each stream has its own unfinished line, so that a line of stderr does not tear one of stdout. A chunk that was
// seen is ignored, so that a stream that begins again shows nothing twice. Bounded: beyond `max` lines the chunks at
// the other end leave, and can be fetched again; a very long line is shown in pieces.

import { type Look, pieces } from './ansi';

export type StreamName = 'stdout' | 'stderr';

/** `gap` is set where output is missing: the words that stand in its place. */
export type Chunk = { seq: number; stream: StreamName; at: number; bytes: Uint8Array; gap?: string };

/**
 * `key` stays while the line is held; `end` counts the line ends of both streams up to its own, from the first chunk
 * that was held (see `OutputWindow.before`), and is missing where a line has not ended or only a piece of it has.
 * `look` is what an earlier line of its stream left in force; `gap` marks the words about missing output.
 */
export type Line = {
  key: number;
  end?: number;
  stream: StreamName;
  at: number;
  text: string;
  look?: Look;
  gap?: boolean;
};

/** A line longer than this is shown in pieces: browsers lay out very long lines slowly. */
export const LINE_CHARS_MAX = 4000;

/** Most chunks at the end that are shown first. */
const LAST_CHUNKS_MAX = 300;

/**
 * Returns the first of the last chunks that together hold about `enough` of something (bytes, lines), where all
 * `chunks` hold `all` of it: a chunk may hold one line or thousands.
 */
export function lastChunks(chunks: number, all: number, enough: number): number {
  const each = Math.max(1, all / Math.max(1, chunks));
  return Math.max(0, chunks - Math.min(LAST_CHUNKS_MAX, Math.max(2, Math.ceil(enough / each))));
}

type Held = Chunk & { lines: number };

export class OutputWindow {
  private held: Held[] = [];
  private heldLines = 0;
  private cutter = new LineCutter();
  /** The first chunk that the cutter has seen: the ends of lines are counted from its beginning. */
  private origin: number;
  /** Line ends of chunks that the cutter has seen and that have left at the front since. */
  private left = 0;

  /** `from` is the number of the first chunk that will be pushed; `max` the lines kept. */
  constructor(
    from: number,
    private max: number,
  ) {
    this.next = from;
    this.firstSeq = from;
    this.origin = from;
  }

  /** Number of the oldest chunk held: what is before it can be fetched. */
  firstSeq: number;
  /** Number of the next chunk. */
  next: number;
  /** Line ends before those that `Line.end` counts: with them it is the line's number. Unknown until `setBefore`. */
  before: number | undefined;

  /** Says how many line ends stand before chunk `seq`; ignored when lines are not counted from there any more. */
  setBefore(seq: number, lines: number) {
    if (seq === this.origin) this.before = lines;
  }

  /** Takes the next chunk; one that was seen is ignored. */
  push(chunk: Chunk) {
    if (chunk.seq < this.next) return;
    if (this.held.length === 0) this.firstSeq = chunk.seq;
    this.next = chunk.seq + 1;
    const held = { ...chunk, lines: newlines(chunk.bytes) };
    this.held.push(held);
    this.heldLines += held.lines;
    this.cutter.push(chunk);
    this.trim();
  }

  /** Puts older chunks before those held, the latest of them until they hold `enough` lines; others leave at the end. */
  prepend(chunks: Chunk[], enough: number) {
    const held: Held[] = [];
    let lines = 0;
    for (const chunk of chunks.filter(({ seq }) => seq < this.firstSeq).reverse()) {
      if (lines >= enough) break;
      held.unshift({ ...chunk, lines: newlines(chunk.bytes) });
      lines += held[0]?.lines ?? 0;
    }
    if (held.length === 0) return;
    this.firstSeq = held[0]?.seq ?? this.firstSeq;
    this.origin = this.firstSeq;
    if (this.before !== undefined) this.before += this.left - lines;
    this.left = 0;
    this.held = [...held, ...this.held];
    this.heldLines += lines;
    // A chunk may hold thousands of lines: what was held stays as long as it takes to have `max` of them.
    while (this.heldLines - (this.held.at(-1)?.lines ?? 0) >= this.max) {
      this.heldLines -= this.held.pop()?.lines ?? 0;
    }
    this.next = (this.held.at(-1)?.seq ?? this.firstSeq) + 1;
    this.cutter = new LineCutter();
    for (const chunk of this.held) this.cutter.push(chunk);
  }

  /** Line ends that were counted up to the last chunk held. */
  get lastEnd(): number {
    return this.cutter.ends;
  }

  /** Returns the lines kept, the unfinished ones last. */
  lines(): Line[] {
    return this.cutter.lines();
  }

  private trim() {
    // In steps: moving the whole array for each chunk would cost more than the chunks themselves.
    if (this.heldLines <= this.max * 1.2) return;
    let leave = 0;
    let lines = this.heldLines;
    while (leave < this.held.length - 1 && lines - (this.held[leave]?.lines ?? 0) > this.max) {
      lines -= this.held[leave]?.lines ?? 0;
      leave += 1;
    }
    if (leave === 0) return;
    this.held = this.held.slice(leave);
    this.left += this.heldLines - lines;
    this.heldLines = lines;
    this.firstSeq = this.held[0]?.seq ?? this.next;
    this.cutter.keepLast(this.max);
  }
}

type Unfinished = { text: string; at: number; decoder: TextDecoder };

/** More than the lines of one chunk. */
const KEYS_PER_CHUNK = 2 ** 20;

class LineCutter {
  private done: Line[] = [];
  private open: Partial<Record<StreamName, Unfinished>> = {};
  private look: Partial<Record<StreamName, Look>> = {};
  private nextKey = 0;
  /** Line ends that were seen. */
  ends = 0;

  push({ seq, stream, at, bytes, gap }: Chunk) {
    this.nextKey = seq * KEYS_PER_CHUNK;
    if (gap !== undefined) return this.pushGap(stream, at, gap);
    const open = this.open[stream] ?? { text: '', at, decoder: new TextDecoder() };
    const parts = (open.text + open.decoder.decode(bytes, { stream: true })).split('\n');
    let since = open.text === '' ? at : open.at;
    for (const part of parts.slice(0, -1)) {
      this.ends += 1;
      this.add(stream, since, part, this.ends);
      since = at;
    }
    let rest = parts.at(-1) ?? '';
    while (rest.length > LINE_CHARS_MAX) {
      this.add(stream, since, rest.slice(0, LINE_CHARS_MAX));
      rest = rest.slice(LINE_CHARS_MAX);
    }
    this.open[stream] = { text: rest, at: since, decoder: open.decoder };
  }

  /** What was begun before a gap ends there: its other half is missing. */
  private pushGap(stream: StreamName, at: number, words: string) {
    for (const line of this.lines().slice(this.done.length)) this.add(line.stream, line.at, line.text);
    this.open = {};
    this.look = {};
    this.done.push({ key: this.nextKey, stream, at, text: words, gap: true });
    this.nextKey += 1;
  }

  keepLast(max: number) {
    if (this.done.length > max) this.done = this.done.slice(-max);
  }

  lines(): Line[] {
    const unfinished = (['stdout', 'stderr'] as const).flatMap((stream, i) => {
      const open = this.open[stream];
      return open?.text
        ? [{ key: -1 - i, stream, at: open.at, text: open.text, look: this.look[stream] }]
        : [];
    });
    return [...this.done, ...unfinished];
  }

  /** Takes a line, or a piece of one that has no `end` yet; a long one in pieces, the last of which has the end. */
  private add(stream: StreamName, at: number, text: string, end?: number) {
    let from = 0;
    do {
      const part = text.slice(from, from + LINE_CHARS_MAX);
      const look = this.look[stream];
      const isLast = from + LINE_CHARS_MAX >= text.length;
      this.done.push({ key: this.nextKey, end: isLast ? end : undefined, stream, at, text: part, look });
      if (part.includes('\u001b')) this.look[stream] = pieces(part, look).look;
      this.nextKey += 1;
      from += LINE_CHARS_MAX;
    } while (from < text.length);
  }
}

function newlines(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 10) count += 1;
  return count;
}
