// What is done with many jobs at once: in the words of buttons, of messages, and what it means.

import type { JobAction, Role } from '../../api/types';

type Deed = { verb: string; past: string; means: string; least: Role };

export const DEEDS: Record<JobAction, Deed> = {
  run: {
    verb: 'Run',
    past: 'Asked for a run of',
    means: 'Each starts once, now, also those that are paused or disabled.',
    least: 'operator',
  },
  kill: {
    verb: 'Kill the runs of',
    past: 'Stopping the runs of',
    means: 'What runs is stopped within seconds, and starts that are owed are taken back.',
    least: 'operator',
  },
  pause: {
    verb: 'Pause',
    past: 'Paused',
    means: 'They have no ticks until they are resumed. Runs under way go on; run now still works.',
    least: 'operator',
  },
  resume: {
    verb: 'Resume',
    past: 'Resumed',
    means: 'They have ticks again from now on. Those that are not paused stay as they are.',
    least: 'operator',
  },
  enable: {
    verb: 'Enable',
    past: 'Enabled',
    means: 'They are saved as enabled, and have ticks from now on.',
    least: 'editor',
  },
  disable: {
    verb: 'Disable',
    past: 'Disabled',
    means: 'They are saved as disabled, and have no ticks. Runs under way go on.',
    least: 'editor',
  },
  delete: {
    verb: 'Delete',
    past: 'Deleted',
    means: 'They have no more ticks. Their runs stay readable for as long as each job asked.',
    least: 'editor',
  },
};
