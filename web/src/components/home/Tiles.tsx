// How it is, in figures of the last day; each leads to the list behind it.

import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { t } from '../../i18n';
import { percent, sumOf } from '../../lib/hours';
import { count } from '../../lib/quantity';
import type { Tone } from '../status';
import classes from './home.module.css';
import { BAD, UNDER_WAY, type useJobCounts, type useStats } from './queries';

type Props = {
  stats: NonNullable<ReturnType<typeof useStats>['data']>;
  running: number | undefined;
  more: boolean;
  jobs: ReturnType<typeof useJobCounts>['data'];
};

export function Tiles({ stats, running, more, jobs }: Props) {
  const { from, total, late_after, complete } = stats;
  const { statuses } = total;
  const since = `from=${encodeURIComponent(from)}`;
  const bad = sumOf(statuses, BAD);
  const gone = total.missed + (statuses.lost ?? 0);
  const rate = total.success_rate;
  return (
    <ul className={classes.tiles}>
      <Tile
        name={t('home.successRate')}
        href={`/runs?${since}`}
        value={rate === undefined || rate === null ? '\u2013' : percent(rate)}
        tone={bad > 0 ? undefined : rate ? 'good' : undefined}
        about={t('home.ofWhatEndedIn24')}
      />
      <Tile
        name={t('common.succeeded')}
        href={`/runs?status=succeeded&${since}`}
        value={count(statuses.succeeded ?? 0)}
        about={
          total.late > 0
            ? t('home.beganOverLate', { late: count(total.late), late_after })
            : total.on_time > 0
              ? t('home.allBeganOnTime')
              : t('home.in24H')
        }
      />
      <Tile
        name={t('common.failedTitle')}
        href={`/runs?status=${BAD.join(',')}&${since}`}
        value={count(bad)}
        tone={bad > 0 ? 'bad' : undefined}
        about={bad > 0 ? t('home.orTimedOutIn24') : t('home.nothingIn24H')}
      />
      <Tile
        name={t('home.missedOrLost')}
        href={`/runs?status=missed,lost&${since}`}
        value={`${complete ? '' : '≥\u202f'}${count(gone)}`}
        tone={gone > 0 ? 'warn' : undefined}
        about={gone > 0 ? t('home.nobodyWasThere') : t('home.nothingIn24H')}
      />
      <Tile
        name={t('common.running')}
        href={`/runs?status=${UNDER_WAY.join(',')}`}
        value={running === undefined ? '\u2026' : `${count(running)}${more ? '+' : ''}`}
        tone={running ? 'busy' : undefined}
        about={t('home.now')}
      />
      <Tile
        name={t('common.jobs')}
        href="/jobs"
        value={jobs ? count(jobs.all) : '\u2026'}
        about={
          jobs &&
          (jobs.paused > 0 ? (
            <Link href="/jobs?state=paused">{t('home.paused', { paused: count(jobs.paused) })}</Link>
          ) : jobs.enabled < jobs.all ? (
            t('home.enabled', { enabled: count(jobs.enabled) })
          ) : (
            t('home.allEnabled')
          ))
        }
      />
    </ul>
  );
}

type TileProps = { name: string; href: string; value: string; tone?: Tone; about?: ReactNode };

function Tile({ name, href, value, tone, about }: TileProps) {
  return (
    <li className={classes.tile} data-tile={name}>
      <Link href={href} className={classes.figures}>
        <Text span size="xs" c="dimmed">
          {name}
        </Text>
        <span className={classes.value} data-tone={tone}>
          {value}
        </span>
      </Link>
      <Text span size="xs" c="dimmed" className={classes.about}>
        {about}
      </Text>
    </li>
  );
}
