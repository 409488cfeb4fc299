// The menu of one job: all that can be done with it, also where the row has no room for buttons.
//
// Only a plain button until it is opened: a menu is much to draw, and a screen of rows has many.

import { Menu } from '@mantine/core';
import {
  IconCopy,
  IconDots,
  IconListDetails,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  IconPower,
  IconTrash,
} from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { JobSummary, Role } from '../../api/types';
import { t } from '../../i18n';
import { useActions } from '../actions';
import { askPause, confirmDeleteJob, confirmKillJob } from '../confirm';
import row from '../row.module.css';
import { askCopy } from './askCopy';
import classes from './jobs.module.css';

/** A row cuts off what is beyond it; the part of the page that all rows stand in has room. */
const WITHIN_MAIN = { target: '#content' };

type Props = {
  job: JobSummary;
  may: (role: Role) => boolean;
  onToggle: (name: string, enabled: boolean) => Promise<void>;
};

export function JobMenu(props: Props) {
  const [opened, setOpened] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const label = t('jobs.moreFor', { name: props.job.name });
  const close = () => {
    setOpened(false);
    button.current?.focus();
  };
  return (
    <span className={classes.menu}>
      <button
        ref={button}
        type="button"
        className={row.button}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={opened}
        onClick={() => setOpened(true)}
      >
        <IconDots size={16} aria-hidden />
      </button>
      {opened && <Opened {...props} close={close} />}
    </span>
  );
}

function Opened({ job, may, onToggle, close }: Props & { close: () => void }) {
  const act = useActions();
  const [, navigate] = useLocation();
  const { name } = job;
  const under = job.running + job.waiting;
  return (
    <Menu position="bottom-end" portalProps={WITHIN_MAIN} opened onClose={close}>
      <Menu.Target>
        <span className={classes.anchor} aria-hidden />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        {may('operator') && (
          <>
            <Menu.Item
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
              onClick={() => void act.run(name).then((run) => run && navigate(`/runs/${run}`))}
            >
              {t('jobs.runAndFollowItsOutput')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconPlayerStop size={16} aria-hidden />}
              disabled={under === 0}
              onClick={() => confirmKillJob(job, () => void act.killJob(name))}
            >
              {t('jobs.killItsRuns')}
            </Menu.Item>
            {job.paused ? (
              <Menu.Item
                leftSection={<IconPlayerTrackNext size={16} aria-hidden />}
                onClick={() => void act.resume(name)}
              >
                {t('common.resumeTitle')}
              </Menu.Item>
            ) : (
              <Menu.Item
                leftSection={<IconPlayerPause size={16} aria-hidden />}
                onClick={() => askPause(name, (pause) => void act.pause(name, pause))}
              >
                {t('common.pauseTitle')}
              </Menu.Item>
            )}
          </>
        )}
        <Menu.Item
          component={Link}
          href={`/runs?job=${name}`}
          leftSection={<IconListDetails size={16} aria-hidden />}
        >
          {t('jobs.itsRuns')}
        </Menu.Item>
        {may('editor') && (
          <>
            <Menu.Item
              leftSection={<IconPower size={16} aria-hidden />}
              onClick={() => void onToggle(name, !job.enabled)}
            >
              {job.enabled ? t('jobs.disable') : t('jobs.enable')}
            </Menu.Item>
            <Menu.Item
              component={Link}
              href={`/jobs/${name}/edit`}
              leftSection={<IconPencil size={16} aria-hidden />}
            >
              {t('common.editTitle')}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconCopy size={16} aria-hidden />}
              onClick={() => askCopy(name, (copy) => navigate(`/jobs/${copy}/edit`))}
            >
              {t('common.copy')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconTrash size={16} aria-hidden />}
              c="var(--sg-bad)"
              onClick={() =>
                confirmDeleteJob(name, job.running, (also) => void act.deleteJob(name, job.etag, also))
              }
            >
              {t('common.delete')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
