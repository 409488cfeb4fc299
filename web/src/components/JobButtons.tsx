// The buttons in a job's row: run, kill, pause or resume, edit.
//
// Always the same four in the same places, so that the hand finds them; what does not apply is disabled, and what one may
// not do is left out. Plain buttons with the browser's own hints, since a screen of rows has a hundred of them.

import {
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { JobSummary, Role } from '../api/types';
import { t } from '../i18n';
import { useActions } from './actions';
import { askPause, confirmKillJob } from './confirm';
import classes from './row.module.css';

type Props = {
  job: Pick<JobSummary, 'name' | 'running' | 'waiting' | 'paused' | 'enabled'>;
  may: (role: Role) => boolean;
};

export function JobButtons({ job, may }: Props) {
  const act = useActions();
  const { name } = job;
  const under = job.running + job.waiting;
  return (
    <>
      {may('operator') && (
        <>
          <RowButton label={t('common.runNow', { name })} onClick={() => void act.run(name)}>
            <IconPlayerPlay size={16} aria-hidden />
          </RowButton>
          <RowButton
            label={under > 0 ? t('jobs.killTheRunsOf', { name }) : t('jobs.nothingOfRuns', { name })}
            disabled={under === 0}
            onClick={() => confirmKillJob(job, () => void act.killJob(name))}
          >
            <IconPlayerStop size={16} aria-hidden />
          </RowButton>
          {job.paused ? (
            <RowButton label={t('common.resume', { name })} onClick={() => void act.resume(name)}>
              <IconPlayerTrackNext size={16} aria-hidden />
            </RowButton>
          ) : (
            <RowButton
              label={t('common.pause', { name })}
              onClick={() => askPause(name, (pause) => void act.pause(name, pause))}
            >
              <IconPlayerPause size={16} aria-hidden />
            </RowButton>
          )}
        </>
      )}
      {may('editor') && (
        <Link
          href={`/jobs/${name}/edit`}
          className={classes.button}
          aria-label={t('common.edit', { name })}
          title={t('common.edit', { name })}
        >
          <IconPencil size={16} aria-hidden />
        </Link>
      )}
    </>
  );
}

type RowButtonProps = { label: string; disabled?: boolean; onClick: () => void; children: ReactNode };

function RowButton({ label, disabled, onClick, children }: RowButtonProps) {
  return (
    <button
      type="button"
      className={classes.button}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
