// The Chinese catalogue, in simplified characters; fetched by who reads Chinese. The terms stand in CONTRIBUTING.md.

import { account } from './account';
import { actions } from './actions';
import { alerts } from './alerts';
import { common } from './common';
import { form } from './form';
import { home } from './home';
import { job } from './job';
import { jobs } from './jobs';
import { modules } from './modules';
import { run } from './run';
import { runs } from './runs';
import { settings } from './settings';
import { shell } from './shell';
import { status } from './status';
import { time } from './time';
import { upcoming } from './upcoming';
import { workers } from './workers';

export const zh = {
  account,
  actions,
  alerts,
  common,
  form,
  home,
  job,
  jobs,
  modules,
  run,
  runs,
  settings,
  shell,
  status,
  time,
  upcoming,
  workers,
};
