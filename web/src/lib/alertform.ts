// Channels, rules and mutes as their forms hold them, and the way there and back.
//
// Flow: what the API lists → **`…Form`** → fields → **`…Of`** → the whole list, written under its tag. Fields are named by
// the last word of their paths in the API, so that the server's errors find their place by themselves.
// Not here: what is valid. The server says that, all faults at once.

import type { Fault } from '../api/problem';
import type { Channel, Condition, Mute, Rule, Selector } from '../api/types';
import { t } from '../i18n';

/** As what the API shows a secret, and as what it takes one that stays. */
export const HIDDEN = '***';

export type ChannelType = Channel['via']['type'];

export type ChannelForm = {
  name: string;
  type: ChannelType;
  url: string;
  /** Empty for none; `***` for one that stays as it is. */
  secret: string;
  template: string;
  server: string;
  port: number | '';
  security: 'starttls' | 'tls';
  user: string;
  password: string;
  from: string;
  to: string[];
  run: string;
  group: string;
  every: string;
};

export const NEW_CHANNEL: ChannelForm = {
  name: '',
  type: 'webhook',
  url: '',
  secret: '',
  template: '',
  server: '',
  port: '',
  security: 'starttls',
  user: '',
  password: '',
  from: '',
  to: [],
  run: '',
  group: '',
  every: '',
};

export function channelForm({ name, via, group, every }: Channel): ChannelForm {
  const { type, ...rest } = via;
  const known = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  return { ...NEW_CHANNEL, ...Object.fromEntries(known), name, type, group: group ?? '', every: every ?? '' };
}

/** Returns the channel; what its kind does not have is left out. */
export function channelOf(form: ChannelForm): Channel {
  const { name, type, group, every } = form;
  const some = (text: string) => text.trim() || undefined;
  const vias: Record<ChannelType, () => Channel['via']> = {
    webhook: () => ({
      type: 'webhook',
      url: form.url.trim(),
      secret: some(form.secret),
      template: form.template || undefined,
    }),
    slack: () => ({ type: 'slack', url: form.url.trim() }),
    feishu: () => ({ type: 'feishu', url: form.url.trim(), secret: some(form.secret) }),
    dingtalk: () => ({ type: 'dingtalk', url: form.url.trim(), secret: some(form.secret) }),
    email: () => ({
      type: 'email',
      server: form.server.trim(),
      port: form.port === '' ? undefined : form.port,
      security: form.security,
      user: some(form.user),
      password: form.password || undefined,
      from: form.from.trim(),
      to: form.to,
    }),
    job: () => ({ type: 'job', run: form.run.trim() }),
  };
  return { name: name.trim(), via: vias[type](), group: some(group), every: some(every) };
}

export type Pair = { key: string; value: string };
export type OnlyForm = { jobs: string[]; labels: string[]; workers: string[] };

/** Labels are typed as `key: value`, or with `=`. */
function onlyForm(only: Selector = {}): OnlyForm {
  const labels = Object.entries(only.labels ?? {}).map(([key, value]) => `${key}: ${value}`);
  return { jobs: only.jobs ?? [], labels, workers: only.workers ?? [] };
}

function onlyOf({ jobs, labels, workers }: OnlyForm): Selector | undefined {
  const pairs = labels.map((label): [string, string] => {
    const at = label.search(/[:=]/);
    return at < 0 ? [label.trim(), ''] : [label.slice(0, at).trim(), label.slice(at + 1).trim()];
  });
  const only: Selector = {};
  if (jobs.length > 0) only.jobs = jobs;
  if (pairs.length > 0) only.labels = Object.fromEntries(pairs);
  if (workers.length > 0) only.workers = workers;
  return Object.keys(only).length > 0 ? only : undefined;
}

export type RuleForm = OnlyForm & {
  name: string;
  on: Condition[];
  channels: string[];
  failures: 'each' | 'first' | 'in_a_row';
  in_a_row: number | '';
};

export const NEW_RULE: RuleForm = {
  name: '',
  on: ['failed', 'timed_out', 'lost', 'missed', 'recovered'],
  channels: [],
  failures: 'each',
  in_a_row: 3,
  jobs: [],
  labels: [],
  workers: [],
};

export function ruleForm({ name, on, only, failures, channels }: Rule): RuleForm {
  const many = typeof failures === 'object' && failures !== null ? failures.in_a_row : undefined;
  return {
    ...NEW_RULE,
    ...onlyForm(only),
    name,
    on,
    channels,
    failures: many !== undefined ? 'in_a_row' : failures === 'first' ? 'first' : 'each',
    in_a_row: many ?? NEW_RULE.in_a_row,
  };
}

export function ruleOf(form: RuleForm): Rule {
  const { name, on, channels, failures } = form;
  const which: Rule['failures'] =
    failures === 'in_a_row' ? { in_a_row: form.in_a_row === '' ? 0 : form.in_a_row } : failures;
  return { name: name.trim(), on, only: onlyOf(form), failures: which, channels };
}

export type MuteForm = OnlyForm & {
  name: string;
  on: Condition[];
  until: string;
  reason: string;
  by?: string;
};

/** Returns a mute for the next hour, seen from `now`. */
export function newMute(now: number): MuteForm {
  const until = new Date(now + 3_600_000).toISOString();
  return { name: '', on: [], until, reason: '', jobs: [], labels: [], workers: [] };
}

export function muteForm({ name, on = [], only, until, reason, by }: Mute): MuteForm {
  return { ...onlyForm(only), name, on, until, reason, by };
}

export function muteOf(form: MuteForm): Mute {
  const { name, on, until, reason, by } = form;
  return {
    name: name.trim(),
    on: on.length > 0 ? on : undefined,
    only: onlyOf(form),
    until,
    reason: reason.trim(),
    by,
  };
}

/** Returns `list` with `item` in the place of the one that was called `before`, or at its end, and that place. */
export function placed<T extends { name: string }>(
  list: T[],
  item: T,
  before?: string,
): { list: T[]; at: number } {
  const at = before === undefined ? -1 : list.findIndex(({ name }) => name === before);
  if (at < 0) return { list: [...list, item], at: list.length };
  return { list: list.map((one, i) => (i === at ? item : one)), at };
}

/** Returns the faults of one item by its fields, and those that stand elsewhere. */
export function faultsOf(faults: Fault[], part: string, at: number, fields: ReadonlySet<string>) {
  const prefix = `${part}[${at}].`;
  const here: Record<string, Fault[]> = {};
  const elsewhere: Fault[] = [];
  for (const fault of faults) {
    const words = fault.path.startsWith(prefix) ? fault.path.slice(prefix.length).split(/[.[]/) : [];
    // `via.to[0]` and `only.labels.team` belong to `to` and `labels`.
    const field = words.find((word) => word !== 'via' && word !== 'only' && fields.has(word));
    if (!field) elsewhere.push(fault);
    else here[field] = [...(here[field] ?? []), fault];
  }
  return { here, elsewhere };
}

/** Returns where a channel leads, in a line. */
export function placeOf({ via }: Channel): string {
  if (via.type === 'email') return via.to.join(', ');
  return via.type === 'job' ? via.run : via.url;
}

/** Returns what a rule or a mute concerns, in words. */
export function onlyWords(only: Selector | undefined): string {
  const { jobs = [], labels = {}, workers = [] } = only ?? {};
  const pairs = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
  const words = [
    jobs.length > 0 && t('alerts.jobs', { count: jobs.length, names: jobs.join(t('common.comma')) }),
    pairs.length > 0 && t('alerts.jobsWith', { labels: pairs.join(t('common.comma')) }),
    workers.length > 0 &&
      t('alerts.workers', { count: workers.length, names: workers.join(t('common.comma')) }),
  ].filter(Boolean);
  return words.length > 0 ? words.join(t('alerts.semicolon')) : t('alerts.everything');
}
