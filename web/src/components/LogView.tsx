// A run's output on the page: streams told apart, colours kept, times, wrap, follow, download.
//
// Lines are drawn in blocks that change only at the end, so that the browser's own search, selection and copy work
// over everything shown. Scrolling up stops following; the button, or the end of the list, begins it again.

import { Alert, Button, Group, Switch, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconArrowBarToDown, IconDownload } from '@tabler/icons-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { type Look, pieces } from '../lib/ansi';
import type { Line } from '../lib/output';
import { bytes } from '../lib/quantity';
import { clockTime } from '../lib/time';
import classes from './log.module.css';
import { type Output, useOutput } from './useOutput';

const BLOCK_LINES = 200;
/** Closer to the end than this counts as at the end. */
const END_PX = 24;

type Props = { run: string; from: number; onEnd: () => void };

export function LogView({ run, from, onEnd }: Props) {
  const output = useOutput(run, from, onEnd);
  const [times, setTimes] = useLocalStorage({ key: 'sandglass-log-times', defaultValue: false });
  const [wrap, setWrap] = useLocalStorage({ key: 'sandglass-log-wrap', defaultValue: true });
  const [following, setFollowing] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const { lines } = output;
  const [busy, setBusy] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves when lines come
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, following, wrap, times]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < END_PX);
  };
  const earlier = async () => {
    const element = box.current;
    const fromEnd = element ? element.scrollHeight - element.scrollTop : 0;
    setFollowing(false);
    setBusy(true);
    await output.loadEarlier();
    setBusy(false);
    requestAnimationFrame(() => {
      if (element) element.scrollTop = element.scrollHeight - fromEnd;
    });
  };

  return (
    <section aria-label="Output">
      <Group justify="space-between" px="md" py="xs" className={classes.bar}>
        <Standing output={output} />
        <Group gap="md">
          <Switch
            size="xs"
            label="Times"
            checked={times}
            onChange={(event) => setTimes(event.currentTarget.checked)}
          />
          <Switch
            size="xs"
            label="Wrap"
            checked={wrap}
            onChange={(event) => setWrap(event.currentTarget.checked)}
          />
          <Switch
            size="xs"
            label="Follow"
            checked={following}
            onChange={(event) => setFollowing(event.currentTarget.checked)}
          />
          <Button
            component="a"
            variant="default"
            href={`/api/v1/runs/${run}/output?format=text`}
            download={`${run}.log`}
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Download
          </Button>
        </Group>
      </Group>
      {output.error && (
        <Alert color="red" variant="outline" m="md" title="The output cannot be read">
          {output.error}
        </Alert>
      )}
      <div
        ref={box}
        className={classes.log}
        data-wrap={wrap || undefined}
        onScroll={onScroll}
        role="log"
        aria-live="off"
        aria-label="Output lines"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {output.firstSeq > 0 && (
          <Button variant="default" m="xs" loading={busy} onClick={() => void earlier()}>
            Load earlier output
          </Button>
        )}
        <Blocks lines={lines} times={times} />
        {lines.length === 0 && output.end && <Text p="md">It wrote nothing.</Text>}
        {output.end && output.end.dropped > 0 && (
          <Text p="md" c="var(--sg-warn)">
            {bytes(output.end.dropped)} of output were not kept.
          </Text>
        )}
        {(output.end?.missing ?? 0) > 0 && (
          <Text p="md" c="var(--sg-warn)">
            {output.end?.missing} pieces of the output never reached the store.
          </Text>
        )}
      </div>
      {!following && (
        <div className={classes.toEnd}>
          <Button
            leftSection={<IconArrowBarToDown size={16} aria-hidden />}
            onClick={() => setFollowing(true)}
          >
            To the end
          </Button>
        </div>
      )}
    </section>
  );
}

function Standing({ output }: { output: Output }) {
  const words = output.end
    ? `complete, ${output.lines.length === 1 ? '1 line' : `${output.lines.length} lines`} shown`
    : { connecting: 'connecting', open: 'live', waiting: 'reconnecting', ended: 'ended' }[output.state];
  return (
    <Group gap={8}>
      <Text fw={600}>Output</Text>
      <Text size="sm" c="dimmed" role="status" data-follow={output.end ? 'complete' : output.state}>
        {words}
      </Text>
    </Group>
  );
}

function Blocks({ lines, times }: { lines: Line[]; times: boolean }) {
  const blocks = useMemo(() => {
    const found: Line[][] = [];
    let last = Number.NaN;
    for (const line of lines) {
      const block = Math.floor(line.key / BLOCK_LINES);
      if (block !== last || found.length === 0) found.push([]);
      found.at(-1)?.push(line);
      last = block;
    }
    return found;
  }, [lines]);
  return blocks.map((block) => (
    <Block key={Math.floor((block[0]?.key ?? 0) / BLOCK_LINES)} lines={block} times={times} />
  ));
}

type BlockProps = { lines: Line[]; times: boolean };

const Block = memo(
  function Block({ lines, times }: BlockProps) {
    return (
      <div className={classes.block}>
        {lines.map((line) => (
          <div
            key={line.key}
            className={classes.line}
            data-stream={line.gap ? undefined : line.stream}
            data-gap={line.gap}
          >
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
    a.lines.length === b.lines.length &&
    a.lines[0] === b.lines[0] &&
    a.lines.at(-1) === b.lines.at(-1),
);

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
