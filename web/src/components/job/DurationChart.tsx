// How long a job's last runs took, over time: a point for each, its colour and shape the outcome, with the middle and the
// slow end as lines.
//
// A point leads to its run. By keyboard and screen reader the runs are reached by their table; the chart is one sentence.

import { Group, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useMemo } from 'react';
import { useLocation } from 'wouter';
import type { RunRecord } from '../../api/types';
import { t } from '../../i18n';
import { marks, type Point, percentile, points, type Scale, scaleOf } from '../../lib/durations';
import { duration, wall } from '../../lib/time';
import { statusLook, type Tone } from '../status';
import classes from './durations.module.css';

const HEIGHT = 200;
const LEFT = 58;
/** The first point stands clear of the axis and its words. */
const INSET = 8;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 22;
/** A time needs so much room below the chart. */
const TIME_WIDTH = 130;
/** Runs within less than this are told apart by their seconds, not by their day. */
const SECONDS_SHOWN_MS = 15 * 60_000;
/** A limit is drawn when the runs come this near to it. */
const LIMIT_NEAR = 2.5;

type Props = { runs: RunRecord[]; timeoutMs?: number };

export function DurationChart({ runs, timeoutMs }: Props) {
  const { ref, width } = useElementSize();
  const all = useMemo(() => points(runs), [runs]);
  if (all.length === 0) return <Text c="dimmed">{t('job.noRunHasEndedYet')}</Text>;
  const good = all.filter(({ status }) => statusLook(status).tone === 'good');
  const measured = (good.length > 0 ? good : all).map(({ took }) => took);
  const [middle, slow] = [percentile(measured, 0.5) ?? 0, percentile(measured, 0.95) ?? 0];
  const longest = Math.max(...all.map(({ took }) => took));
  const limit = timeoutMs !== undefined && timeoutMs <= longest * LIMIT_NEAR ? timeoutMs : undefined;
  const scale = scaleOf([...all.map(({ took }) => took), ...(limit === undefined ? [] : [limit])]);
  const summary = t('job.durationsOfTheLastRuns', {
    count: all.length,
    middle: duration(middle),
    slow: duration(slow),
    longest: duration(longest),
  });
  return (
    <figure className={classes.figure}>
      <div ref={ref}>
        <svg className={classes.chart} height={HEIGHT} role="img" aria-label={summary}>
          {width > 0 && (
            <Drawing all={all} scale={scale} width={width} levels={levelsOf(middle, slow, limit)} />
          )}
        </svg>
      </div>
      <Group component="figcaption" gap="md" justify="space-between">
        <Legend all={all} />
        <Text size="xs" c="dimmed">
          {good.length > 0 ? t('job.p50AndP95OfThose') : t('job.p50AndP95OfAll')}
          {scale.log && t('job.logarithmicScale')}
        </Text>
      </Group>
    </figure>
  );
}

type Level = { name: string; at: number; isLimit?: boolean };

function levelsOf(middle: number, slow: number, limit: number | undefined): Level[] {
  const levels: Level[] = [
    { name: `p50 ${duration(middle)}`, at: middle },
    { name: `p95 ${duration(slow)}`, at: slow },
  ];
  if (limit !== undefined)
    levels.push({ name: t('job.timeout', { limit: duration(limit) }), at: limit, isLimit: true });
  return levels;
}

function Drawing({
  all,
  scale,
  width,
  levels,
}: {
  all: Point[];
  scale: Scale;
  width: number;
  levels: Level[];
}) {
  const [, navigate] = useLocation();
  const first = all[0]?.at ?? 0;
  const last = all.at(-1)?.at ?? 0;
  const room = Math.max(1, width - LEFT - INSET - RIGHT);
  const x = (at: number) =>
    LEFT + INSET + (last === first ? room / 2 : ((at - first) / (last - first)) * room);
  const y = (ms: number) => HEIGHT - BOTTOM - scale.place(ms) * (HEIGHT - TOP - BOTTOM);
  return (
    <>
      {marks(scale).map((mark) => (
        <g key={mark}>
          <line className={classes.grid} x1={LEFT} x2={width - RIGHT} y1={y(mark)} y2={y(mark)} />
          <text className={classes.text} x={LEFT - 6} y={y(mark) + 4} textAnchor="end">
            {duration(mark)}
          </text>
        </g>
      ))}
      <line className={classes.grid} x1={LEFT} x2={width - RIGHT} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
      {times(first, last, room).map(({ at, anchor }) => (
        <text key={at} className={classes.text} x={x(at)} y={HEIGHT - 6} textAnchor={anchor}>
          {last - first < SECONDS_SHOWN_MS ? wall(at).slice(11) : wall(at).slice(5, 16)}
        </text>
      ))}
      {levels.map((level, at) => (
        <g key={level.name} pointerEvents="none">
          <line
            className={level.isLimit ? classes.limit : classes.level}
            x1={LEFT}
            x2={width - RIGHT}
            y1={y(level.at)}
            y2={y(level.at)}
          />
          {/* Side by side, so that lines that lie close do not hide each other's names. */}
          <text className={classes.levelText} x={LEFT + 6 + at * 84} y={y(level.at) - 4}>
            {level.name}
          </text>
        </g>
      ))}
      {all.map((point) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut of the table of runs, for the pointer alone
        <path
          key={point.id}
          className={classes.point}
          data-point={point.id}
          data-tone={statusLook(point.status).tone}
          d={shapeOf(point.status)}
          transform={`translate(${x(point.at)} ${y(point.took)})`}
          onClick={() => navigate(`/runs/${point.id}`)}
        >
          <title>{`${statusLook(point.status).text}, ${duration(point.took)}, ${wall(point.at)}`}</title>
        </path>
      ))}
    </>
  );
}

/** Paths about the origin, some eight pixels wide. */
const SHAPES: Record<Tone, string> = {
  good: 'M -4 0 a 4 4 0 1 0 8 0 a 4 4 0 1 0 -8 0',
  bad: 'M -4 -4 L 4 4 M -4 4 L 4 -4',
  warn: 'M 0 -5 L 5 4 L -5 4 Z',
  odd: 'M -4 -4 H 4 V 4 H -4 Z',
  idle: 'M 0 -5 L 5 0 L 0 5 L -5 0 Z',
  busy: 'M -4 0 H 4',
};

/** Shapes of outcomes that share a tone with others. */
const OWN_SHAPES: Record<string, string> = {
  timed_out: 'M 0 -5 V 5 M -5 0 H 5',
  out_of_memory: 'M -4 -4 L 4 4 M -4 4 L 4 -4 M -5 0 H 5',
};

function shapeOf(status: string): string {
  return OWN_SHAPES[status] ?? SHAPES[statusLook(status).tone];
}

function Legend({ all }: { all: Point[] }) {
  const seen = new Map<string, number>();
  for (const { status } of all) seen.set(status, (seen.get(status) ?? 0) + 1);
  return (
    <Group gap="sm">
      {[...seen].map(([status, count]) => {
        const { text, tone } = statusLook(status);
        return (
          <Text key={status} size="xs" className={classes.legend}>
            <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
              <path className={classes.point} data-tone={tone} d={shapeOf(status)} />
            </svg>
            {text} {count}
          </Text>
        );
      })}
    </Group>
  );
}

function times(
  first: number,
  last: number,
  room: number,
): { at: number; anchor: 'start' | 'middle' | 'end' }[] {
  if (first === last) return [{ at: first, anchor: 'middle' }];
  const count = Math.max(2, Math.min(6, Math.floor(room / TIME_WIDTH)));
  return Array.from({ length: count }, (_, at) => ({
    at: first + ((last - first) * at) / (count - 1),
    anchor: at === 0 ? 'start' : at === count - 1 ? 'end' : 'middle',
  }));
}
