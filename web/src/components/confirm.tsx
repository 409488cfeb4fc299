// Questions before something that cannot be undone.

import { Checkbox, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { ReactNode } from 'react';
import { t } from '../i18n';
import { UntilField } from './UntilField';

type Question = { title: string; text: ReactNode; yes: string; danger?: boolean; onYes: () => void };

/** Asks, and calls `onYes` when the user agrees. */
export function confirm({ title, text, yes, danger = true, onYes }: Question) {
  modals.openConfirmModal({
    title,
    children: <Text component="div">{text}</Text>,
    labels: { confirm: yes, cancel: t('common.cancel') },
    confirmProps: { color: danger ? 'red' : undefined, size: 'sm' },
    cancelProps: { size: 'sm' },
    onConfirm: onYes,
  });
}

/** Asks whether to leave a form with changes that are not saved. */
export function askToLeave(leave: () => void) {
  confirm({
    title: t('form.leaveWithoutSavingAsk'),
    text: t('form.whatYouChangedInThis'),
    yes: t('form.leave'),
    onYes: leave,
  });
}

/** Says why something is not done; there is nothing to choose. */
export function explain({ title, text }: { title: string; text: ReactNode }) {
  modals.open({ title, children: <Text component="div">{text}</Text> });
}

type Busy = { name: string; running: number; waiting: number };

/** Asks whether to kill all runs of a job. */
export function confirmKillJob({ name, running, waiting }: Busy, onYes: () => void) {
  confirm({
    title: t('common.killTheRunsOfAsk', { name }),
    text: t('shell.runningWaitingToStartThey', { running, waiting }),
    yes: t('common.kill'),
    onYes,
  });
}

/** Asks whether to delete a job, and whether its runs die with it. */
export function confirmDeleteJob(name: string, running: number, onYes: (kill: boolean) => void) {
  let kill = false;
  confirm({
    title: t('common.deleteAsk', { name }),
    text: (
      <Stack gap="sm">
        <Text>{t('shell.itHasNoMoreTicks')}</Text>
        {running > 0 && (
          <Checkbox
            label={t('common.killWhatRunsNowElse', { running })}
            onChange={(event) => {
              kill = event.currentTarget.checked;
            }}
          />
        )}
      </Stack>
    ),
    yes: t('common.delete'),
    onYes: () => onYes(kill),
  });
}

/** Why a job is paused, and until when: without an end until somebody resumes it. */
export type Pause = { why: string; until?: string };

/** Asks why a job is paused, and until when; an empty answer is fine. */
export function askPause(name: string, onYes: (pause: Pause) => void) {
  let until: string | undefined;
  askReason({
    title: t('shell.pauseAsk', { name }),
    text: t('shell.itHasNoTicksUntil'),
    more: (
      <UntilField
        help={t('jobs.untilHelp')}
        onChange={(next) => {
          until = next;
        }}
      />
    ),
    yes: t('common.pauseTitle'),
    onYes: (why) => onYes({ why, until }),
  });
}

/** Asks why a worker is drained; an empty answer is fine. */
export function askDrain(id: string, onYes: (why: string) => void) {
  askReason({
    title: t('shell.drainAsk', { id }),
    text: t('shell.itTakesNothingNewUntil'),
    yes: t('common.drain'),
    onYes,
  });
}

type Reasoned = { title: string; text: string; more?: ReactNode; yes: string; onYes: (why: string) => void };

/** Asks, and why; an empty answer is fine. */
export function askReason({ title, text, more, yes, onYes }: Reasoned) {
  let why = '';
  confirm({
    title,
    text: (
      <Stack gap="sm">
        <Text>{text}</Text>
        <TextInput
          label={t('common.why')}
          placeholder={t('common.forTheOthersOptional')}
          maxLength={1000}
          data-autofocus
          onChange={(event) => {
            why = event.currentTarget.value;
          }}
        />
        {more}
      </Stack>
    ),
    yes,
    danger: false,
    onYes: () => onYes(why),
  });
}
