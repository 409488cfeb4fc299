// What is done with many jobs at once: in the words of buttons, of messages, and what it means.

import type { JobAction, Role } from '../../api/types';
import { t } from '../../i18n';

type Deed = { verb: string; past: string; means: string; least: Role };

export const DEEDS: Record<JobAction, Deed> = {
  run: {
    get verb() {
      return t('jobs.run');
    },
    get past() {
      return t('jobs.askedForARunOf');
    },
    get means() {
      return t('jobs.eachStartsOnceNowAlso');
    },
    least: 'operator',
  },
  kill: {
    get verb() {
      return t('jobs.killTheRunsOfTitle');
    },
    get past() {
      return t('jobs.stoppingTheRunsOf');
    },
    get means() {
      return t('jobs.whatRunsIsStoppedWithin');
    },
    least: 'operator',
  },
  pause: {
    get verb() {
      return t('common.pauseTitle');
    },
    get past() {
      return t('jobs.paused');
    },
    get means() {
      return t('jobs.theyHaveNoTicksUntil');
    },
    least: 'operator',
  },
  resume: {
    get verb() {
      return t('common.resumeTitle');
    },
    get past() {
      return t('jobs.resumed');
    },
    get means() {
      return t('jobs.theyHaveTicksAgainFrom');
    },
    least: 'operator',
  },
  enable: {
    get verb() {
      return t('jobs.enable');
    },
    get past() {
      return t('common.enabled');
    },
    get means() {
      return t('jobs.theyAreSavedAsEnabled');
    },
    least: 'editor',
  },
  disable: {
    get verb() {
      return t('jobs.disable');
    },
    get past() {
      return t('jobs.disabled');
    },
    get means() {
      return t('jobs.theyAreSavedAsDisabled');
    },
    least: 'editor',
  },
  delete: {
    get verb() {
      return t('common.delete');
    },
    get past() {
      return t('common.deleted');
    },
    get means() {
      return t('jobs.theyHaveNoMoreTicks');
    },
    least: 'editor',
  },
};
