// What runs now: for how long, how near to its timeout, on which worker, and a way to end it.

import { ActionIcon, Progress, Text, Tooltip } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { RunRecord } from '../../api/types';
import { useNow } from '../../design/now';
import { Elapsed, Time } from '../../design/Time';
import { t } from '../../i18n';
import { spanMs } from '../../lib/quantity';
import { duration, instant } from '../../lib/time';
import { useActions } from '../actions';
import { confirm } from '../confirm';
import { For } from '../For';
import { StatusBadge } from '../StatusBadge';
import { statusLook } from '../status';
import classes from './home.module.css';
import { useTimeout } from './queries';

export function RunningNow({ runs }: { runs: RunRecord[] }) {
  return (
    <ul className={classes.list}>
      {runs.map((run) => (
        <Row key={run.id} run={run} />
      ))}
    </ul>
  );
}

function Row({ run }: { run: RunRecord }) {
  const act = useActions();
  const kill = () =>
    confirm({
      title: t('home.killThisRunOfAsk', { job: run.job }),
      text: t('home.itIsAskedToEnd'),
      yes: t('common.kill'),
      onYes: () => void act.killRun(run.id),
    });
  return (
    <li className={classes.row} data-running={run.id}>
      <div className={classes.main}>
        <Link href={`/jobs/${run.job}`} className={`plain ${classes.name}`}>
          {run.job}
        </Link>
        <div className={classes.line}>
          <Link
            href={`/runs/${run.id}`}
            className="plain"
            aria-label={t('home.openTheRunOf', { text: statusLook(run.status).text, job: run.job })}
          >
            <StatusBadge status={run.status} />
          </Link>
          <Text size="xs" c="dimmed" truncate="end">
            {run.worker ? t('common.on', { worker: run.worker }) : t('home.noWorkerYet')}
            {run.requested_by ? t('home.askedForBy', { requested_by: run.requested_by }) : t('home.due')}
            {!run.requested_by && <Time at={run.scheduled_at} />}
            {run.attempt > 1 && t('home.attempt', { attempt: run.attempt })}
          </Text>
        </div>
      </div>
      <Use run={run} />
      <For least="operator">
        <Tooltip label={t('common.killThisRun')}>
          <ActionIcon aria-label={t('common.killThisRunOf', { job: run.job })} onClick={kill}>
            <IconPlayerStop size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </For>
    </li>
  );
}

/** How long it runs, against its timeout where it has one. */
function Use({ run }: { run: RunRecord }) {
  const now = useNow();
  const limit = spanMs(useTimeout(run.job).data);
  const start = instant(run.started_at);
  if (start === undefined || limit === undefined || limit === 0) {
    return (
      <div className={classes.use}>
        <Elapsed from={run.started_at} />
      </div>
    );
  }
  const share = (Math.max(0, now - start) / limit) * 100;
  return (
    <div className={classes.use}>
      <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
        <Elapsed from={run.started_at} />{' '}
        <Text span size="xs" c="dimmed">
          {t('common.of', { limit: duration(limit) })}
        </Text>
      </Text>
      <Progress
        value={Math.min(100, share)}
        size={4}
        color={share > 90 ? 'red' : undefined}
        aria-label={t('home.timeOfTheRunOf', { job: run.job })}
      />
    </div>
  );
}
