// The buttons in a job's row: run, kill, pause or resume, edit.
//
// Always the same four in the same places, so that the hand finds them; what does not apply is disabled, and what one may
// not do is left out.

import { ActionIcon, Group, Tooltip } from '@mantine/core';
import {
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { JobSummary } from '../api/types';
import { useActions } from './actions';
import { askPause, confirm } from './confirm';
import { For } from './For';

type Props = { job: Pick<JobSummary, 'name' | 'running' | 'waiting' | 'paused' | 'enabled'> };

export function JobButtons({ job }: Props) {
  const act = useActions();
  const { name } = job;
  const under = job.running + job.waiting;
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      <For least="operator">
        <RowButton label={`Run ${name} now`} onClick={() => void act.run(name)}>
          <IconPlayerPlay size={16} aria-hidden />
        </RowButton>
        <RowButton
          label={under > 0 ? `Kill the runs of ${name}` : `Nothing of ${name} runs`}
          disabled={under === 0}
          onClick={() =>
            confirm({
              title: `Kill the runs of ${name}?`,
              text: `${job.running} running, ${job.waiting} waiting to start. They end as killed.`,
              yes: 'Kill',
              onYes: () => void act.killJob(name),
            })
          }
        >
          <IconPlayerStop size={16} aria-hidden />
        </RowButton>
        {job.paused ? (
          <RowButton label={`Resume ${name}`} onClick={() => void act.resume(name)}>
            <IconPlayerTrackNext size={16} aria-hidden />
          </RowButton>
        ) : (
          <RowButton
            label={`Pause ${name}`}
            onClick={() => askPause(name, (why) => void act.pause(name, why))}
          >
            <IconPlayerPause size={16} aria-hidden />
          </RowButton>
        )}
      </For>
      <For least="editor">
        <Tooltip label={`Edit ${name}`}>
          <ActionIcon component={Link} href={`/jobs/${name}/edit`} aria-label={`Edit ${name}`}>
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </For>
    </Group>
  );
}

type RowButtonProps = { label: string; disabled?: boolean; onClick: () => void; children: ReactNode };

function RowButton({ label, disabled, onClick, children }: RowButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
