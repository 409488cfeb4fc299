// A run's output on the page: streams told apart, colours kept, numbers, times, wrap, follow, search, download.
//
// Only a window of it is held, so that a million lines weigh no more than some thousand: scrolling to either side,
// a match and a link to a line (`#L120`) move it. Scrolling up stops following; the button, or the end, begins again.

import { ActionIcon, Alert, Button, Group, Switch, Text, Tooltip } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconArrowBarToDown, IconDownload } from '@tabler/icons-react';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { LineMatch } from '../api/types';
import { number, t } from '../i18n';
import { at } from '../lib/base';
import type { Line } from '../lib/output';
import { bytes } from '../lib/quantity';
import { LogLines, numberOf } from './LogLines';
import { LogSearch } from './LogSearch';
import classes from './log.module.css';
import { type Output, type Place, useOutput } from './useOutput';
import { useSearch } from './useSearch';

/** Closer to an end than this counts as at the end. */
const END_PX = 24;
const LINK = /^#L(\d+)$/;

type Props = { run: string; from: number; onEnd: () => void };

/** Give it the run as `key`: it holds what it has of one. */
export function LogView({ run, from, onEnd }: Props) {
  const output = useOutput(run, from, onEnd);
  const [times, setTimes] = useLocalStorage({ key: 'sandglass-log-times', defaultValue: false });
  const [wrap, setWrap] = useLocalStorage({ key: 'sandglass-log-wrap', defaultValue: true });
  const [numbers, setNumbers] = useLocalStorage({ key: 'sandglass-log-numbers', defaultValue: true });
  const [following, setFollowing] = useState(!LINK.test(window.location.hash));
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  const { goal, marked, goTo } = usePlace(output, box, setFollowing, setMissing);
  const steady = useSteady(box, output.lines, following || goal !== undefined);
  const onFound = useCallback(({ line, chunk }: LineMatch) => void goTo(line ? { line } : { chunk }), [goTo]);
  const search = useSearch(run, onFound);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves when lines come
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [output.lines, following, wrap, times, numbers]);

  const load = async (more: () => Promise<void>) => {
    if (busy) return;
    setFollowing(false);
    setBusy(true);
    await more();
    setBusy(false);
  };
  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    steady();
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (!output.live && below < END_PX) void load(output.loadLater);
    else if (element.scrollTop < END_PX && below > END_PX && output.firstSeq > 0)
      void load(output.loadEarlier);
    setFollowing(output.live && below < END_PX);
  };
  const toEnd = async () => {
    if (!output.live) await output.toEnd();
    setFollowing(true);
  };

  return (
    <section aria-label={t('common.output')}>
      <Group justify="space-between" px="md" py="xs" gap="xs" className={classes.bar}>
        <Standing output={output} />
        <LogSearch search={search} onLine={(line) => void goTo({ line })} />
        <Group gap="md">
          <Toggle label={t('run.numbers')} checked={numbers} onChange={setNumbers} />
          <Toggle label={t('run.times')} checked={times} onChange={setTimes} />
          <Toggle label={t('run.wrap')} checked={wrap} onChange={setWrap} />
          <Toggle
            label={t('run.follow')}
            checked={following}
            onChange={(on) => (on ? void toEnd() : setFollowing(false))}
          />
          <Tooltip label={t('common.download')}>
            <ActionIcon
              component="a"
              href={at(`/api/v1/runs/${run}/output?format=text`)}
              download={`${run}.log`}
              aria-label={t('common.download')}
            >
              <IconDownload size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {(output.error ?? missing) && (
        <Alert
          color={output.error ? 'red' : 'yellow'}
          variant="outline"
          m="md"
          title={t('run.theOutputCannotBeShown')}
        >
          {output.error ?? missing}
        </Alert>
      )}
      <div
        ref={box}
        className={classes.log}
        data-wrap={wrap || undefined}
        onScroll={onScroll}
        role="log"
        aria-live="off"
        aria-label={t('run.outputLines')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        tabIndex={0}
      >
        {output.firstSeq > 0 && (
          <Button variant="default" m="xs" loading={busy} onClick={() => void load(output.loadEarlier)}>
            {t('run.loadEarlierOutput')}
          </Button>
        )}
        <LogLines
          lines={output.lines}
          before={output.before}
          marked={marked}
          times={times}
          numbers={numbers}
        />
        {!output.live && (
          <Button variant="default" m="xs" loading={busy} onClick={() => void load(output.loadLater)}>
            {t('run.loadLaterOutput')}
          </Button>
        )}
        {output.live && <Ending output={output} />}
      </div>
      {!following && (
        <div className={classes.toEnd}>
          <Button leftSection={<IconArrowBarToDown size={16} aria-hidden />} onClick={() => void toEnd()}>
            {t('run.toTheEnd')}
          </Button>
        </div>
      )}
    </section>
  );
}

/** Goes to places: of links to lines, and those that are asked for. */
function usePlace(
  output: Output,
  box: React.RefObject<HTMLDivElement | null>,
  setFollowing: (on: boolean) => void,
  setMissing: (words: string | undefined) => void,
) {
  const [goal, setGoal] = useState<Place>();
  const [marked, setMarked] = useState<number>();
  const { show, lines, before } = output;
  const goTo = useCallback(
    async (place: Place) => {
      setFollowing(false);
      setMissing(undefined);
      const chunk = await show(place);
      if (chunk === undefined)
        setMissing('line' in place ? t('run.thereIsNoLineYet', { line: place.line }) : undefined);
      else setGoal(place);
    },
    [show, setFollowing, setMissing],
  );

  useEffect(() => {
    const follow = () => {
      const line = LINK.exec(window.location.hash)?.[1];
      if (line) void goTo({ line: Number(line) });
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [goTo]);

  useLayoutEffect(() => {
    const line = goal && lines.find((line) => isAt(line, goal, before));
    if (!line) return;
    setMarked(line.key);
    setGoal(undefined);
    box.current?.querySelector(`[data-key="${line.key}"]`)?.scrollIntoView({ block: 'center' });
  }, [goal, lines, before, box]);

  return { goal, marked, goTo };
}

function isAt(line: Line, place: Place, before: number | undefined): boolean {
  if ('line' in place) return numberOf(line, before) === place.line;
  return line.end === undefined && line.key < 0;
}

/** Keeps what is seen where it is, whatever comes and goes above it; returns what notes it when somebody scrolls. */
function useSteady(box: React.RefObject<HTMLDivElement | null>, lines: Line[], off: boolean) {
  const seen = useRef<{ key: string; top: number }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is seen moves when lines come
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !seen.current || off) return;
    const line = element.querySelector(`[data-key="${seen.current.key}"]`);
    if (line) element.scrollTop += line.getBoundingClientRect().top - seen.current.top;
  }, [lines]);
  return () => {
    const element = box.current;
    if (!element) return;
    const { left, top, width } = element.getBoundingClientRect();
    // The button to earlier output may stand at the very top.
    for (let below = 1; below < 120; below += 17) {
      const at = document.elementFromPoint(left + width / 2, top + below)?.closest<HTMLElement>('[data-key]');
      if (at?.dataset.key) {
        seen.current = { key: at.dataset.key, top: at.getBoundingClientRect().top };
        return;
      }
    }
  };
}

function Toggle(props: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <Switch
      size="xs"
      label={props.label}
      checked={props.checked}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
    />
  );
}

function Standing({ output }: { output: Output }) {
  const { lines, before, live, end, state } = output;
  const [first, last] = [
    lines.find(({ end }) => end !== undefined),
    lines.findLast(({ end }) => end !== undefined),
  ];
  const numbers = [first, last].map((line) => {
    const found = line && numberOf(line, before);
    return found === undefined ? '?' : number(found);
  });
  let words: string = {
    connecting: t('common.connecting'),
    open: t('common.live'),
    waiting: t('common.reconnecting'),
    ended: t('common.ended'),
  }[state];
  if (!live) words = t('run.linesTo', { first: numbers[0] ?? '?', last: numbers[1] ?? '?' });
  else if (end) words = t('run.completeLinesShown', { count: lines.length });
  return (
    <Group gap={8}>
      <Text fw={600}>{t('common.output')}</Text>
      <Text
        size="sm"
        c="dimmed"
        role="status"
        data-follow={live && end ? 'complete' : live ? state : 'apart'}
      >
        {words}
      </Text>
    </Group>
  );
}

/** What stands after the last line. */
function Ending({ output }: { output: Output }) {
  const { lines, end } = output;
  return (
    <>
      {lines.length === 0 && end && <Text p="md">{t('run.itWroteNothing')}</Text>}
      {end && end.dropped > 0 && (
        <Text p="md" c="var(--sg-warn)">
          {t('run.ofOutputWereNotKept', { dropped: bytes(end.dropped) })}
        </Text>
      )}
      {(end?.missing ?? 0) > 0 && (
        <Text p="md" c="var(--sg-warn)">
          {t('run.piecesOfTheOutputNever', { missing: end?.missing })}
        </Text>
      )}
    </>
  );
}
