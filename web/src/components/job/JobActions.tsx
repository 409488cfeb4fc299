// What can be done with a job, on its page: what is done daily as buttons, the rest in a menu.

import { Button, Menu } from '@mantine/core';
import {
  IconBraces,
  IconCopy,
  IconDotsVertical,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  IconSettingsAutomation,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useMay } from '../../api/queries';
import type { JobView } from '../../api/types';
import { t } from '../../i18n';
import { useActions } from '../actions';
import { askPause, confirm, confirmDeleteJob } from '../confirm';
import { For } from '../For';
import { RunWith } from './RunWith';

export function JobActions({ view }: { view: JobView }) {
  const act = useActions();
  const [, navigate] = useLocation();
  const { name } = view.job;
  const { active, waiting, paused } = view.state;
  const under = active.length + waiting.length;
  const run = async () => {
    const id = await act.run(name);
    if (id) navigate(`/runs/${id}`);
  };
  const kill = () =>
    confirm({
      title: t('common.killTheRunsOfAsk', { name }),
      text: t('job.runningWaitingToStartThey', { count: active.length, count2: waiting.length }),
      yes: t('common.kill'),
      onYes: () => void act.killJob(name),
    });
  return (
    <>
      <For least="operator">
        <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => void run()}>
          {t('job.runNow')}
        </Button>
        <Button
          variant="default"
          disabled={under === 0}
          leftSection={<IconPlayerStop size={16} aria-hidden />}
          onClick={kill}
        >
          {t('common.kill')}
        </Button>
        {paused ? (
          <Button
            variant="default"
            leftSection={<IconPlayerTrackNext size={16} aria-hidden />}
            onClick={() => void act.resume(name)}
          >
            {t('common.resumeTitle')}
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<IconPlayerPause size={16} aria-hidden />}
            onClick={() => askPause(name, (pause) => void act.pause(name, pause))}
          >
            {t('common.pauseTitle')}
          </Button>
        )}
      </For>
      <For least="editor">
        <Button
          component={Link}
          href={`/jobs/${name}/edit`}
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden />}
        >
          {t('common.editTitle')}
        </Button>
      </For>
      <More view={view} under={under} />
    </>
  );
}

function More({ view, under }: { view: JobView; under: number }) {
  const act = useActions();
  const may = useMay();
  const [, navigate] = useLocation();
  const [withChanges, setWithChanges] = useState(false);
  const { name } = view.job;
  const remove = () =>
    confirmDeleteJob(name, under, (kill) => {
      void act.deleteJob(name, view.saved.etag, kill).then((gone) => gone && navigate('/jobs'));
    });
  return (
    <>
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <Button variant="default" px={6} aria-label={t('job.moreToDoWith', { name })}>
            <IconDotsVertical size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {may('operator') && (
            <Menu.Item
              leftSection={<IconSettingsAutomation size={16} aria-hidden />}
              onClick={() => setWithChanges(true)}
            >
              {t('job.runOnceWithChanges')}
            </Menu.Item>
          )}
          {may('editor') && (
            <Menu.Item
              leftSection={<IconCopy size={16} aria-hidden />}
              onClick={() => navigate(`/jobs/new?copy=${encodeURIComponent(name)}`)}
            >
              {t('job.copyToANewJob')}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconBraces size={16} aria-hidden />}
            onClick={() => navigate(`/jobs/${name}?tab=definition`)}
          >
            {t('job.asYamlOrCurl')}
          </Menu.Item>
          {may('editor') && (
            <>
              <Menu.Divider />
              <Menu.Item
                color="var(--sg-bad)"
                leftSection={<IconTrash size={16} aria-hidden />}
                onClick={remove}
              >
                {t('common.delete')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <RunWith job={view.job} opened={withChanges} onClose={() => setWithChanges(false)} />
    </>
  );
}
