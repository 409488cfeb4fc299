// The lines of a run's output as they are drawn: in blocks that change only at the end, so that the browser's own
// search, selection and copy work over everything shown.

import { memo, useMemo } from 'react';
import { t, useLanguage } from '../i18n';
import { type Look, pieces } from '../lib/ansi';
import type { Line } from '../lib/output';
import { clockTime } from '../lib/time';
import classes from './log.module.css';

const BLOCK_LINES = 200;

export type Shown = { times: boolean; numbers: boolean };

type Props = Shown & {
  lines: Line[];
  /** Line ends before those that `Line.end` counts. */
  before: number | undefined;
  /** The key of the line that was gone to. */
  marked: number | undefined;
};

export function LogLines({ lines, before, marked, times, numbers }: Props) {
  const blocks = useMemo(() => {
    const found: { id: number; lines: Line[] }[] = [];
    let end = 0;
    for (const line of lines) {
      end = line.end ?? end;
      const id = Math.floor(end / BLOCK_LINES);
      if (found.at(-1)?.id !== id) found.push({ id, lines: [] });
      found.at(-1)?.lines.push(line);
    }
    return found;
  }, [lines]);
  return blocks.map(({ id, lines: own }) => (
    <Block
      key={id}
      lines={own}
      before={before}
      marked={own.some(({ key }) => key === marked) ? marked : undefined}
      times={times}
      numbers={numbers}
    />
  ));
}

const Block = memo(
  function Block({ lines, before, marked, times, numbers }: Props) {
    useLanguage();
    return (
      <div className={classes.block}>
        {lines.map((line) => (
          <div
            key={line.key}
            className={classes.line}
            data-key={line.key}
            data-stream={line.gap ? undefined : line.stream}
            data-gap={line.gap}
            data-marked={line.key === marked || undefined}
          >
            {numbers && <LineNumber number={numberOf(line, before)} />}
            {times && <span className={classes.time}>{clockTime(line.at)}</span>}
            <span className={classes.text}>{coloured(line)}</span>
          </div>
        ))}
      </div>
    );
  },
  // Finished lines never change: a block is the same when it holds the same ones.
  (a, b) =>
    a.times === b.times &&
    a.numbers === b.numbers &&
    a.before === b.before &&
    a.marked === b.marked &&
    a.lines.length === b.lines.length &&
    a.lines[0] === b.lines[0] &&
    a.lines.at(-1) === b.lines.at(-1),
);

/** Returns a line's number in the whole output, where it has one and it is known. */
export function numberOf({ end }: Line, before: number | undefined): number | undefined {
  return end === undefined || before === undefined ? undefined : before + end;
}

/** Drawn by the style sheet, so that it is no part of the text; not in the order of tabs, which thousands would fill. */
function LineNumber({ number }: { number: number | undefined }) {
  if (number === undefined) return <span className={classes.number} />;
  return (
    // biome-ignore lint/a11y/useAnchorContent: it has a name, and its number is drawn
    <a
      className={classes.number}
      href={`#L${number}`}
      aria-label={t('run.line', { number })}
      data-number={number}
      tabIndex={-1}
    />
  );
}

function coloured({ text, look }: Line) {
  if (!look && !text.includes('\u001b') && !text.includes('\r')) return text || '\u200b';
  return pieces(text, look).pieces.map(({ text: part, look: own }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name and never move
    <span key={index} className={lookClass(own)} data-colour={own.colour}>
      {part}
    </span>
  ));
}

function lookClass(look: Look): string {
  return [
    look.bold && classes.bold,
    look.dim && classes.dim,
    look.italic && classes.italic,
    look.underline && classes.underline,
  ]
    .filter(Boolean)
    .join(' ');
}
