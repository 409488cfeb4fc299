// The one table of run statuses: text, colour, shape, and what the status means.
//
// Colours are tokens of `design/theme.ts`; every status has a shape of its own as well, since colour alone says
// nothing to many readers. Nothing else in the page names a status's colour.

import {
  IconAlertTriangle,
  IconBan,
  IconBolt,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClockOff,
  IconClockX,
  IconFlame,
  IconGasStation,
  IconGhost,
  IconHourglass,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconPlugConnectedX,
  IconRefresh,
  IconServerOff,
} from '@tabler/icons-react';
import type { RunStatus } from '../api/types';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle' | 'odd';

export type StatusLook = {
  text: string;
  tone: Tone;
  icon: typeof IconBan;
  /** True when nothing more will happen. */
  final: boolean;
  means: string;
};

export const STATUS: Record<RunStatus, StatusLook> = {
  claimed: {
    text: 'Claimed',
    tone: 'busy',
    icon: IconCircleDashed,
    final: false,
    means: 'a worker owns it and is about to start it',
  },
  running: { text: 'Running', tone: 'busy', icon: IconPlayerPlay, final: false, means: 'it runs' },
  waiting: {
    text: 'Waiting',
    tone: 'busy',
    icon: IconHourglass,
    final: false,
    means: 'it waits for an earlier run of its job to end',
  },
  retrying: {
    text: 'Retrying',
    tone: 'warn',
    icon: IconRefresh,
    final: false,
    means: 'it is owed another attempt',
  },
  succeeded: {
    text: 'Succeeded',
    tone: 'good',
    icon: IconCircleCheck,
    final: true,
    means: 'it ended with a success code',
  },
  failed: {
    text: 'Failed',
    tone: 'bad',
    icon: IconCircleX,
    final: true,
    means: 'it ended with another code or by a signal',
  },
  timed_out: {
    text: 'Timed out',
    tone: 'bad',
    icon: IconClockX,
    final: true,
    means: 'it was stopped at its timeout',
  },
  killed: {
    text: 'Killed',
    tone: 'odd',
    icon: IconBan,
    final: true,
    means: 'a user or a newer tick stopped it',
  },
  out_of_memory: {
    text: 'Out of memory',
    tone: 'bad',
    icon: IconFlame,
    final: true,
    means: 'it reached its memory limit',
  },
  out_of_fuel: {
    text: 'Out of fuel',
    tone: 'bad',
    icon: IconGasStation,
    final: true,
    means: 'it used up its fuel',
  },
  trapped: { text: 'Trapped', tone: 'bad', icon: IconBolt, final: true, means: 'the module trapped' },
  not_started: {
    text: 'Not started',
    tone: 'bad',
    icon: IconPlugConnectedX,
    final: true,
    means: 'it never ran',
  },
  host_error: {
    text: 'Host error',
    tone: 'bad',
    icon: IconServerOff,
    final: true,
    means: 'the sandbox itself failed',
  },
  lost: { text: 'Lost', tone: 'warn', icon: IconGhost, final: true, means: 'nobody saw its end' },
  skipped: {
    text: 'Skipped',
    tone: 'idle',
    icon: IconPlayerSkipForward,
    final: true,
    means: 'a policy or a person decided against it',
  },
  missed: {
    text: 'Missed',
    tone: 'warn',
    icon: IconClockOff,
    final: true,
    means: 'nobody was there in time',
  },
};

const UNKNOWN: StatusLook = {
  text: 'Unknown',
  tone: 'idle',
  icon: IconAlertTriangle,
  final: true,
  means: 'this page is older than its server',
};

/** Returns the look of a status, also of one that this page does not know yet. */
export function statusLook(status: string): StatusLook {
  return STATUS[status as RunStatus] ?? { ...UNKNOWN, text: status };
}

export const RUN_STATUSES = Object.keys(STATUS) as RunStatus[];

export const TRIGGERS = {
  schedule: 'Schedule',
  manual: 'Manual',
  catch_up: 'Catch-up',
} as const;
