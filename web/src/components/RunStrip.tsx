// A job's last runs as little bars, oldest left: height is the duration, colour and filling the outcome.
//
// Each bar leads to its run. For screen readers the strip is one sentence; the runs themselves are a page away.

import { Text } from '@mantine/core';
import { Link } from 'wouter';
import type { RecentRun } from '../api/types';
import { t } from '../i18n';
import { duration, instant, wall } from '../lib/time';
import { statusLook } from './status';
import classes from './status.module.css';

const BARS_MAX = 20;
const HEIGHT_MIN = 5;
const HEIGHT_MAX = 20;

export function RunStrip({ runs }: { runs: RecentRun[] }) {
  if (runs.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        {t('runs.noRunsYet')}
      </Text>
    );
  }
  const shown = runs.slice(0, BARS_MAX).reverse();
  const longest = Math.max(1, ...shown.map(lasted));
  return (
    <ul className={classes.strip} aria-label={summary(shown)}>
      {shown.map((run) => (
        <li key={run.id}>
          {/* Twenty to a row, hundreds to a screen: the browser's own hint costs nothing. */}
          <Link href={`/runs/${run.id}`} aria-label={label(run)} title={label(run)} tabIndex={-1}>
            <span
              className={classes.bar}
              data-tone={statusLook(run.status).tone}
              style={{ height: HEIGHT_MIN + (HEIGHT_MAX - HEIGHT_MIN) * Math.sqrt(lasted(run) / longest) }}
            />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function lasted(run: RecentRun): number {
  const start = instant(run.started_at);
  const end = instant(run.ended_at);
  return start === undefined || end === undefined ? 0 : Math.max(0, end - start);
}

function label(run: RecentRun): string {
  const at = wall(instant(run.scheduled_at) ?? 0);
  const took = run.ended_at ? `, ${duration(lasted(run))}` : '';
  return `${statusLook(run.status).text}, ${at}${took}`;
}

function summary(runs: RecentRun[]): string {
  const good = runs.filter((run) => run.status === 'succeeded').length;
  return t('runs.lastRunsSucceeded', { count: runs.length, good });
}
