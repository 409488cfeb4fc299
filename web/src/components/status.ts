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
import { t } from '../i18n';

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
    get text() {
      return t('status.claimed');
    },
    tone: 'busy',
    icon: IconCircleDashed,
    final: false,
    get means() {
      return t('status.aWorkerOwnsItAnd');
    },
  },
  running: {
    get text() {
      return t('common.running');
    },
    tone: 'busy',
    icon: IconPlayerPlay,
    final: false,
    get means() {
      return t('status.itRuns');
    },
  },
  waiting: {
    get text() {
      return t('status.waiting');
    },
    tone: 'busy',
    icon: IconHourglass,
    final: false,
    get means() {
      return t('status.itWaitsForAnEarlier');
    },
  },
  retrying: {
    get text() {
      return t('status.retrying');
    },
    tone: 'warn',
    icon: IconRefresh,
    final: false,
    get means() {
      return t('status.itIsOwedAnotherAttempt');
    },
  },
  succeeded: {
    get text() {
      return t('common.succeeded');
    },
    tone: 'good',
    icon: IconCircleCheck,
    final: true,
    get means() {
      return t('status.itEndedWithASuccess');
    },
  },
  failed: {
    get text() {
      return t('common.failedTitle');
    },
    tone: 'bad',
    icon: IconCircleX,
    final: true,
    get means() {
      return t('status.itEndedWithAnotherCode');
    },
  },
  timed_out: {
    get text() {
      return t('status.timedOut');
    },
    tone: 'bad',
    icon: IconClockX,
    final: true,
    get means() {
      return t('status.itWasStoppedAtIts');
    },
  },
  killed: {
    get text() {
      return t('status.killed');
    },
    tone: 'odd',
    icon: IconBan,
    final: true,
    get means() {
      return t('status.aUserOrANewer');
    },
  },
  out_of_memory: {
    get text() {
      return t('status.outOfMemory');
    },
    tone: 'bad',
    icon: IconFlame,
    final: true,
    get means() {
      return t('status.itReachedItsMemoryLimit');
    },
  },
  out_of_fuel: {
    get text() {
      return t('status.outOfFuel');
    },
    tone: 'bad',
    icon: IconGasStation,
    final: true,
    get means() {
      return t('status.itUsedUpItsFuel');
    },
  },
  trapped: {
    get text() {
      return t('status.trapped');
    },
    tone: 'bad',
    icon: IconBolt,
    final: true,
    get means() {
      return t('status.theModuleTrapped');
    },
  },
  not_started: {
    get text() {
      return t('status.notStarted');
    },
    tone: 'bad',
    icon: IconPlugConnectedX,
    final: true,
    get means() {
      return t('status.itNeverRan');
    },
  },
  host_error: {
    get text() {
      return t('status.hostError');
    },
    tone: 'bad',
    icon: IconServerOff,
    final: true,
    get means() {
      return t('status.theSandboxItselfFailed');
    },
  },
  lost: {
    get text() {
      return t('status.lost');
    },
    tone: 'warn',
    icon: IconGhost,
    final: true,
    get means() {
      return t('status.nobodySawItsEnd');
    },
  },
  skipped: {
    get text() {
      return t('status.skipped');
    },
    tone: 'idle',
    icon: IconPlayerSkipForward,
    final: true,
    get means() {
      return t('status.aPolicyOrAPerson');
    },
  },
  missed: {
    get text() {
      return t('status.missed');
    },
    tone: 'warn',
    icon: IconClockOff,
    final: true,
    get means() {
      return t('status.nobodyWasThereInTime');
    },
  },
};

const UNKNOWN: StatusLook = {
  get text() {
    return t('status.unknown');
  },
  tone: 'idle',
  icon: IconAlertTriangle,
  final: true,
  get means() {
    return t('status.thisPageIsOlderThan');
  },
};

/** Returns the look of a status, also of one that this page does not know yet. */
export function statusLook(status: string): StatusLook {
  return STATUS[status as RunStatus] ?? { ...UNKNOWN, text: status };
}

export const RUN_STATUSES = Object.keys(STATUS) as RunStatus[];

export const TRIGGERS = {
  get schedule() {
    return t('common.schedule');
  },
  get manual() {
    return t('status.manual');
  },
  get catch_up() {
    return t('status.catchUp');
  },
};
