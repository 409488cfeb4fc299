// A job as the form holds it, and the way there and back.
//
// Flow: `JobView.job` → **`toForm`** → fields → **`toJob`** → PUT. Fields are named by their paths in the API
// (`limits.memory`), so that the server's errors find their place by themselves. What the user left empty is left
// out, and the server's default holds. What the form has no field for (alerts) passes through as it was.
// Not here: what is valid. The server says that, all faults at once.

import type { Job } from '../api/types';

export type Pair = { key: string; value: string };
export type Dir = { host: string; guest: string; mode: 'ro' | 'rw' };
export type Num = number | '';

export type JobForm = {
  kind: 'shell' | 'wasm';
  name: string;
  description: string;
  labels: Pair[];
  enabled: boolean;
  'shell.script': string;
  'shell.interpreter': string[];
  'shell.user': string;
  'shell.cwd': string;
  'shell.env': Pair[];
  'shell.stdin': string;
  'shell.privilege_gain': boolean;
  'shell.leftovers': 'kill' | 'wait';
  'wasm.module': string;
  'wasm.args': string[];
  'wasm.env': Pair[];
  'wasm.stdin': string;
  'wasm.dirs': Dir[];
  'wasm.network': string[];
  'wasm.user': string;
  schedule: string;
  timezone: string;
  dst: 'vixie' | 'wall' | 'skip';
  weekdays: 'unix' | 'quartz';
  anchor: string;
  jitter: string;
  'limits.timeout': string;
  'limits.grace': string;
  'limits.memory': string;
  'limits.cpu': Num;
  'limits.pids': Num;
  'limits.fuel': Num;
  'limits.output': string;
  success_codes: string[];
  'placement.mode': 'one' | 'all';
  'placement.labels': Pair[];
  overlap: 'allow' | 'skip' | 'replace';
  'missed.policy': 'none' | 'latest' | 'all';
  'missed.window': string;
  'missed.max': Num;
  start_deadline: string;
  on_worker_loss: 'skip' | 'rerun';
  when_cut_off: 'wait' | 'kill';
  'retries.max': Num;
  'retries.on': string[];
  'retries.backoff': string;
  'retries.backoff_max': string;
  retention: string;
};

export type FieldName = keyof JobForm;

/** A job that was not saved yet. */
export const NEW_JOB: JobForm = {
  kind: 'shell',
  name: '',
  description: '',
  labels: [],
  enabled: true,
  'shell.script': '',
  'shell.interpreter': [],
  'shell.user': '',
  'shell.cwd': '',
  'shell.env': [],
  'shell.stdin': '',
  'shell.privilege_gain': false,
  'shell.leftovers': 'kill',
  'wasm.module': '',
  'wasm.args': [],
  'wasm.env': [],
  'wasm.stdin': '',
  'wasm.dirs': [],
  'wasm.network': [],
  'wasm.user': '',
  schedule: '',
  timezone: 'UTC',
  dst: 'vixie',
  weekdays: 'unix',
  anchor: '',
  jitter: '',
  'limits.timeout': '',
  'limits.grace': '',
  'limits.memory': '',
  'limits.cpu': '',
  'limits.pids': '',
  'limits.fuel': '',
  'limits.output': '',
  success_codes: [],
  'placement.mode': 'one',
  'placement.labels': [],
  overlap: 'skip',
  'missed.policy': 'latest',
  'missed.window': '',
  'missed.max': '',
  start_deadline: '',
  on_worker_loss: 'skip',
  when_cut_off: 'wait',
  'retries.max': '',
  'retries.on': ['failed', 'timed_out'],
  'retries.backoff': '',
  'retries.backoff_max': '',
  retention: '',
};

/** Returns the fields of a saved job. */
export function toForm(job: Job): JobForm {
  const { limits = {}, placement = {}, missed = {}, retries = {} } = job;
  const shell = 'shell' in job ? job.shell : undefined;
  const wasm = 'wasm' in job ? job.wasm : undefined;
  return {
    ...NEW_JOB,
    kind: wasm ? 'wasm' : 'shell',
    name: job.name,
    description: job.description ?? '',
    labels: pairs(job.labels),
    enabled: job.enabled ?? true,
    'shell.script': shell?.script ?? '',
    'shell.interpreter': shell?.interpreter ?? [],
    'shell.user': shell?.user ?? '',
    'shell.cwd': shell?.cwd ?? '',
    'shell.env': pairs(shell?.env),
    'shell.stdin': shell?.stdin ?? '',
    'shell.privilege_gain': shell?.privilege_gain ?? false,
    'shell.leftovers': shell?.leftovers ?? 'kill',
    'wasm.module': wasm?.module ?? '',
    'wasm.args': wasm?.args ?? [],
    'wasm.env': pairs(wasm?.env),
    'wasm.stdin': wasm?.stdin ?? '',
    'wasm.dirs': wasm?.dirs?.map(({ host, guest, mode = 'ro' }) => ({ host, guest, mode })) ?? [],
    'wasm.network': wasm?.network ?? [],
    'wasm.user': wasm?.user ?? '',
    schedule: job.schedule,
    timezone: job.timezone ?? 'UTC',
    dst: job.dst ?? 'vixie',
    weekdays: job.weekdays ?? 'unix',
    anchor: job.anchor ?? '',
    jitter: job.jitter ?? '',
    'limits.timeout': limits.timeout ?? '',
    'limits.grace': limits.grace ?? '',
    'limits.memory': limits.memory ?? '',
    'limits.cpu': limits.cpu ?? '',
    'limits.pids': limits.pids ?? '',
    'limits.fuel': limits.fuel ?? '',
    'limits.output': limits.output ?? '',
    success_codes: (job.success_codes ?? []).map(String),
    'placement.mode': placement.mode ?? 'one',
    'placement.labels': pairs(placement.labels),
    overlap: job.overlap ?? 'skip',
    'missed.policy': missed.policy ?? 'latest',
    'missed.window': missed.window ?? '',
    'missed.max': missed.max ?? '',
    start_deadline: job.start_deadline ?? '',
    on_worker_loss: job.on_worker_loss ?? 'skip',
    when_cut_off: job.when_cut_off ?? 'wait',
    'retries.max': retries.max ?? '',
    'retries.on': retries.on ?? [],
    'retries.backoff': retries.backoff ?? '',
    'retries.backoff_max': retries.backoff_max ?? '',
    retention: job.retention ?? '',
  };
}

/** Returns the job to send. `before` is the text that was loaded, for what the form does not show. */
export function toJob(form: JobForm, before?: Job): Job {
  const { shell: _shell, wasm: _wasm, ...kept } = (before ?? {}) as Record<string, unknown>;
  const workload = form.kind === 'shell' ? { shell: shellOf(form) } : { wasm: wasmOf(form) };
  return {
    ...kept,
    name: form.name.trim(),
    description: form.description,
    labels: record(form.labels),
    enabled: form.enabled,
    ...workload,
    schedule: form.schedule,
    timezone: form.timezone,
    dst: form.dst,
    weekdays: form.weekdays,
    anchor: text(form.anchor),
    jitter: text(form.jitter),
    limits: filled({
      timeout: text(form['limits.timeout']),
      grace: text(form['limits.grace']),
      memory: text(form['limits.memory']),
      cpu: form.kind === 'shell' ? number(form['limits.cpu']) : undefined,
      pids: form.kind === 'shell' ? number(form['limits.pids']) : undefined,
      fuel: form.kind === 'wasm' ? number(form['limits.fuel']) : undefined,
      output: text(form['limits.output']),
    }),
    success_codes: form.success_codes.length > 0 ? form.success_codes.map(code) : undefined,
    placement: { mode: form['placement.mode'], labels: record(form['placement.labels']) },
    overlap: form.overlap,
    missed: filled({
      policy: form['missed.policy'],
      window: text(form['missed.window']),
      max: number(form['missed.max']),
    }),
    start_deadline: text(form.start_deadline),
    on_worker_loss: form.on_worker_loss,
    when_cut_off: form.when_cut_off,
    retries: filled({
      max: number(form['retries.max']),
      on: form['retries.on'] as NonNullable<Job['retries']>['on'],
      backoff: text(form['retries.backoff']),
      backoff_max: text(form['retries.backoff_max']),
    }),
    retention: text(form.retention),
  } as Job;
}

function shellOf(form: JobForm) {
  return filled({
    script: form['shell.script'],
    interpreter: form['shell.interpreter'].length > 0 ? form['shell.interpreter'] : undefined,
    user: text(form['shell.user']),
    cwd: text(form['shell.cwd']),
    env: record(form['shell.env']),
    stdin: form['shell.stdin'] || undefined,
    privilege_gain: form['shell.privilege_gain'] || undefined,
    leftovers: form['shell.leftovers'],
  });
}

function wasmOf(form: JobForm) {
  return filled({
    module: form['wasm.module'],
    args: form['wasm.args'],
    env: record(form['wasm.env']),
    stdin: form['wasm.stdin'] || undefined,
    dirs: form['wasm.dirs'],
    network: form['wasm.network'],
    user: text(form['wasm.user']),
  });
}

/** Returns the fields that the form of a kind shows. */
export function fieldsOf(kind: JobForm['kind']): ReadonlySet<string> {
  const hidden = kind === 'shell' ? /^(wasm\.|limits\.fuel$)/ : /^(shell\.|limits\.(cpu|pids)$)/;
  return new Set(Object.keys(NEW_JOB).filter((name) => !hidden.test(name)));
}

/** Returns the field that an error path belongs to: itself, or the nearest above (`wasm.dirs[1].host`). */
export function fieldOf(path: string, shown: ReadonlySet<string>): FieldName | undefined {
  for (let name = path; name !== ''; name = name.replace(/(^|\.|\[)[^.[]*$/, '')) {
    if (shown.has(name)) return name as FieldName;
  }
  return undefined;
}

/** Returns true when the two hold the same. */
export function sameForm(a: JobForm, b: JobForm): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function pairs(map: Record<string, string> | undefined): Pair[] {
  return Object.entries(map ?? {}).map(([key, value]) => ({ key, value }));
}

/** Rows without a name and a value are rows that nobody filled in. */
function record(rows: Pair[]): Record<string, string> {
  return Object.fromEntries(
    rows.filter(({ key, value }) => key !== '' || value !== '').map(({ key, value }) => [key.trim(), value]),
  );
}

/** What is no number goes out as it is: the server says what is wrong with it. */
function code(value: string): number | string {
  return /^-?\d+$/.test(value.trim()) ? Number(value) : value;
}

function text(value: string): string | undefined {
  return value.trim() || undefined;
}

function number(value: Num): number | undefined {
  return value === '' ? undefined : value;
}

function filled<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
