// What comes next and what went wrong lately, in short; the whole lists are a page away.

import { Text } from '@mantine/core';
import { Link } from 'wouter';
import type { RunRecord, UpcomingTick } from '../../api/types';
import { useNow } from '../../design/now';
import { Time } from '../../design/Time';
import { t } from '../../i18n';
import { langOf } from '../../lib/language';
import { instant, wallOf } from '../../lib/time';
import { Reason } from '../Reason';
import { StatusBadge } from '../StatusBadge';
import { statusLook } from '../status';
import classes from './home.module.css';

const HOUR = 3_600_000;

export function NextUp({ ticks }: { ticks: UpcomingTick[] }) {
  const soon = useNow() + HOUR;
  return (
    <ul className={classes.list}>
      {ticks.map((tick) => (
        <li key={`${tick.job} ${tick.scheduled_at}`} className={classes.row} data-next={tick.job}>
          <span className={classes.when}>
            <Time
              at={tick.due_at ?? tick.scheduled_at}
              zone={tick.zone}
              as={(instant(tick.scheduled_at) ?? 0) < soon ? 'countdown' : 'relative'}
            />
          </span>
          <div className={classes.main}>
            <Link href={`/jobs/${tick.job}`} className={`plain ${classes.name}`}>
              {tick.job}
            </Link>
            <Text size="xs" c="dimmed" truncate="end">
              {wallOf(tick.local)} {tick.zone}
            </Text>
            {tick.note && (
              <Text size="xs" c="var(--sg-warn)" lang={langOf(tick.note)}>
                {tick.note}
              </Text>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

export function WentWrong({ runs }: { runs: RunRecord[] }) {
  return (
    <ul className={classes.list}>
      {runs.map((run) => (
        <li key={run.id} className={classes.row} data-wrong={run.id}>
          <div className={classes.main}>
            <div className={classes.head}>
              <Link
                href={`/runs/${run.id}`}
                className="plain"
                aria-label={t('home.openTheRunOf', { text: statusLook(run.status).text, job: run.job })}
              >
                <StatusBadge status={run.status} />
              </Link>
              <Link href={`/jobs/${run.job}`} className={`plain ${classes.name}`}>
                {run.job}
              </Link>
              <Text span size="xs" c="dimmed" ml="auto">
                <Time at={run.ended_at ?? run.scheduled_at} />
              </Text>
            </div>
            <Text size="sm" lineClamp={2}>
              <Reason run={run} otherwise={statusLook(run.status).means} />
            </Text>
          </div>
        </li>
      ))}
    </ul>
  );
}
