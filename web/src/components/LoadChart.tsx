// How many jobs start in each minute of the day ahead, as bars of five minutes: height is the worst minute of each.
//
// The figures are the server's. A bar leads to the ticks from its instant on; by keyboard the same is reached by the
// list of hours beside the ticks, so the bars themselves stay out of the tab order.

import { Text } from '@mantine/core';
import type { Forecast } from '../api/types';
import { t } from '../i18n';
import { bars, hourMarks } from '../lib/forecast';
import { instant, wall } from '../lib/time';
import classes from './load.module.css';

const BAR_MINUTES = 5;
const MARK_HOURS = 3;
const HEIGHT = 100;
const MINUTE = 60_000;

type Props = { forecast: Forecast; hours: number; onPick: (at: number) => void };

export function LoadChart({ forecast, hours, onPick }: Props) {
  const from = instant(forecast.from) ?? 0;
  const all = bars(forecast.starts, from, BAR_MINUTES);
  const highest = Math.max(1, ...all.map(({ peak }) => peak));
  const piled = pileStarts(forecast);
  const place = (at: number) => `${((at - from) / (hours * 60 * MINUTE)) * 100}%`;
  return (
    <figure className={classes.figure}>
      <svg
        className={classes.chart}
        viewBox={`0 0 ${all.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t('upcoming.startsPerMinuteInThe', { hours, highest, total: forecast.total })}
      >
        {all.map((bar, at) => {
          const height = (bar.peak / highest) * HEIGHT;
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut of the list of hours, for the pointer alone
            <g
              key={bar.at}
              className={classes.bar}
              data-piled={isPiled(bar.at, piled)}
              onClick={() => onPick(bar.at)}
            >
              <title>
                {t('upcoming.startsInMinutesAtMost', {
                  at: wall(bar.at).slice(11, 16),
                  total: bar.total,
                  barMinutes: BAR_MINUTES,
                  peak: bar.peak,
                })}
              </title>
              <rect className={classes.ground} x={at} y={0} width={1} height={HEIGHT} />
              <rect x={at + 0.1} y={HEIGHT - height} width={0.8} height={height} />
            </g>
          );
        })}
      </svg>
      <div className={classes.scale} aria-hidden>
        {hourMarks(from, hours, MARK_HOURS).map((at) => (
          <span key={at} style={{ left: place(at) }}>
            {wall(at).slice(11, 16)}
          </span>
        ))}
      </div>
      <Text component="figcaption" size="xs" c="dimmed">
        {t('upcoming.highestBarStartsInOne', { highest })}
      </Text>
    </figure>
  );
}

function pileStarts({ piles }: Forecast): number[] {
  return piles.map(({ at }) => instant(at) ?? 0);
}

function isPiled(bar: number, piles: number[]): boolean {
  return piles.some((at) => at >= bar && at < bar + BAR_MINUTES * MINUTE);
}
