// Runs of the last day by the hour: height is how many, filling and a mark above tell what went wrong.
//
// A bar leads to the runs of its hour; by keyboard the same is reached by the filters of the runs, so the bars stay out of
// the tab order.

import { Text } from '@mantine/core';
import { Link } from 'wouter';
import type { StatsReply } from '../../api/types';
import { t } from '../../i18n';
import { type Hour, hourBars } from '../../lib/hours';
import { wall } from '../../lib/time';
import { statusLook } from '../status';
import classes from './home.module.css';

const HOUR = 3_600_000;
/** A bar is at least so high, so that one run is seen beside a thousand. */
const PERCENT_MIN = 4;
const MARK_HOURS = 3;
/** Bars at the right edge, whose time stands left of it: on a telephone it is wider than two of them. */
const EDGE_BARS = 2;

const PARTS = [
  {
    part: 'bad',
    get text() {
      return t('common.failed');
    },
  },
  {
    part: 'missed',
    get text() {
      return t('home.missed');
    },
  },
  {
    part: 'rest',
    get text() {
      return t('home.other');
    },
  },
  {
    part: 'good',
    get text() {
      return t('home.succeeded');
    },
  },
] as const;

export function HourChart({ stats }: { stats: StatsReply }) {
  const hours = hourBars(stats.hours, (status) => {
    const { tone } = statusLook(status);
    return tone === 'bad' || status === 'lost';
  });
  const highest = Math.max(1, ...hours.map(({ total }) => total));
  const shown = PARTS.filter(({ part }) => part === 'good' || hours.some((hour) => hour[part] > 0));
  // Their time ends with their bar, and comes close to the one before.
  const isEdge = (at: number) => at < hours.length && at >= hours.length - EDGE_BARS;
  return (
    <figure className={classes.figure}>
      <ul className={classes.chart} aria-label={summary(hours)}>
        {hours.map((hour, at) => (
          <li
            key={hour.at}
            data-edge={isEdge(at) || undefined}
            data-crowded={isEdge(at + MARK_HOURS) || undefined}
          >
            <Bar hour={hour} highest={highest} />
          </li>
        ))}
      </ul>
      <figcaption className={classes.legend}>
        {[...shown].reverse().map(({ part, text }) => (
          <span key={part}>
            <i className={classes.part} data-part={part} aria-hidden />
            {text}
          </span>
        ))}
        <Text span size="xs" c="dimmed">
          {t('home.byTheHourInWhich', { highest })}
        </Text>
      </figcaption>
    </figure>
  );
}

function Bar({ hour, highest }: { hour: Hour; highest: number }) {
  const { at, total, bad } = hour;
  const day = wall(at);
  const href = `/runs?from=${new Date(at).toISOString()}&to=${new Date(at + HOUR).toISOString()}`;
  return (
    <Link href={href} className={classes.hour} aria-label={words(hour)} title={words(hour)} tabIndex={-1}>
      <span className={classes.column}>
        {bad > 0 && (
          <span className={classes.mark} aria-hidden>
            ✕<span className={classes.count}>{bad}</span>
          </span>
        )}
        <span
          className={classes.stack}
          style={{ height: total === 0 ? 0 : `${Math.max(PERCENT_MIN, (total / highest) * 100)}%` }}
        >
          {PARTS.map(
            ({ part }) =>
              hour[part] > 0 && (
                <span
                  key={part}
                  className={classes.part}
                  data-part={part}
                  style={{ flexGrow: hour[part], minHeight: part === 'good' ? 1 : 4 }}
                />
              ),
          )}
        </span>
      </span>
      <span className={classes.scale} aria-hidden>
        {Number(day.slice(11, 13)) % MARK_HOURS === 0 ? day.slice(11, 16) : ''}
      </span>
    </Link>
  );
}

function words(hour: Hour): string {
  const parts = PARTS.filter(({ part }) => hour[part] > 0).map(({ part, text }) => `${hour[part]} ${text}`);
  return `${wall(hour.at).slice(11, 16)}: ${parts.reverse().join(t('common.comma')) || t('home.noRuns')}`;
}

function summary(hours: Hour[]): string {
  const sum = (of: (hour: Hour) => number) => hours.reduce((all, hour) => all + of(hour), 0);
  const bad = sum((hour) => hour.bad);
  return t('home.runsOfTheLastHours', { count: hours.length, value: sum((hour) => hour.total), bad });
}
