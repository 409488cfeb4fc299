// A server's worth of jobs and runs that look like somebody's work: what the pictures of the README show.
//
// Everything goes by the REST interface, as anybody's jobs would. Lengths of runs are fixed numbers, so that two fillings
// look alike. Not here: the browser (`pictures`).

const RUNS_AT_ONCE = 6;
const ZONE = { timezone: 'Europe/Berlin' };

/** Lengths of runs in seconds, shaped like a job that mostly takes the same time and sometimes does not. */
const STEADY = [8, 9, 8, 8, 10, 9, 8, 9, 12, 8, 9, 8, 9, 9, 8, 17, 9, 8, 9, 10];
const GROWING = [4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12, 12, 13, 14];
const UNEVEN = [3, 12, 5, 4, 9, 3, 15, 6, 3, 4, 11, 5, 3, 8, 4, 3, 13, 6, 4, 7];

/** A script that takes `TENTHS` tenths of a second, and ends with `CODE`; what it does is of no matter to a picture. */
const shell = (says) => ({
  shell: {
    script: `${says}\nsleep "$(awk "BEGIN { print \${TENTHS:-1} / 10 }")"\nexit "\${CODE:-0}"\n`,
    env: { TENTHS: '1', CODE: '0' },
  },
});

/** What the picture of a run shows: colours, both streams, and an end that is a while off. */
const IMPORT = `say() { printf '\\033[2m%s\\033[0m %b\\n' "$(date +%H:%M:%S)" "$1"; }
say '\\033[1mimport of 48 suppliers\\033[0m, 4 at a time'
n=0
for supplier in aurora baltic cobalt delta ember fjord garnet harbor indigo juniper krona lumen meridian nordic opal; do
  n=$((n + 1))
  say "\\033[32m✓\\033[0m $supplier: $((n * 137 % 900 + 100)) articles, $((n * 31 % 40)) prices changed"
  case $supplier in
    delta) echo "warning: delta: 3 articles without a price, kept as they were" >&2 ;;
    indigo) printf '\\033[33m!\\033[0m indigo: no answer in 5 s, \\033[33masked again\\033[0m\\n' ;;
  esac
  sleep "\${PACE:-0.3}"
done
say '\\033[36m33 suppliers to go\\033[0m'
sleep "\${REST:-600}"
`;

const JOBS = [
  {
    name: 'backup-database',
    description: 'Nightly, to the vault',
    schedule: '30 2 * * *',
    ...ZONE,
    labels: { team: 'platform' },
    limits: { timeout: '1h', memory: '512MiB' },
    ...shell('echo dumped'),
    runs: STEADY,
    fails: [8],
  },
  {
    name: 'certificates',
    description: 'Warns 30 days ahead',
    schedule: '0 6 * * *',
    labels: { team: 'platform' },
    ...shell('echo all good'),
    runs: UNEVEN,
  },
  {
    name: 'import-prices',
    description: 'Of 48 suppliers',
    schedule: '*/10 * * * *',
    ...ZONE,
    labels: { team: 'shop' },
    overlap: 'skip',
    limits: { timeout: '10m', memory: '256MiB', output: '4MiB' },
    shell: { script: IMPORT, interpreter: ['/bin/bash', '-e'], env: { REST: '600', PACE: '0.3' } },
    runs: GROWING,
    fails: [6, 17],
  },
  {
    name: 'newsletter',
    description: 'What was released',
    schedule: '0 9 * * 1-5',
    ...ZONE,
    labels: { team: 'marketing' },
    ...shell('echo sent'),
    runs: STEADY.slice(0, 12),
    paused: 'until the new template is approved',
  },
  {
    name: 'rotate-logs',
    description: 'Kept for 90 days',
    schedule: '@hourly',
    labels: { team: 'platform' },
    ...shell('echo rotated'),
    runs: UNEVEN,
  },
  {
    name: 'sales-report',
    description: 'A WASI module',
    schedule: '0 7 * * 1-5',
    timezone: 'America/New_York',
    labels: { team: 'sales' },
    wasm: {},
    runs: Array.from({ length: 20 }, () => 0),
  },
  {
    name: 'search-index',
    description: 'What has changed',
    schedule: '*/5 * * * *',
    labels: { team: 'shop' },
    limits: { timeout: '2s' },
    ...shell('echo indexed'),
    runs: [...GROWING.slice(4, 18), 40, 9, 10, 9, 10, 9],
  },
  {
    name: 'thumbnails',
    description: 'In five sizes',
    schedule: '*/15 * * * *',
    labels: { team: 'shop' },
    ...shell('echo drawn'),
    runs: UNEVEN,
    fails: [2, 3],
  },
];

/** Fills an empty server; returns the run that goes on. */
export async function fill(server, token) {
  const ask = asker(server, token);
  const demo = await ask('GET', '/jobs/demo-wasm');
  for (const { runs: _, fails: __, paused: ___, ...job } of JOBS) {
    if (job.wasm) job.wasm = demo.job.wasm;
    await ask('PUT', `/jobs/${job.name}`, job);
  }
  for (const name of ['demo-shell', 'demo-wasm']) await ask('DELETE', `/jobs/${name}?kill=true`);
  const left = [...JOBS];
  const work = async () => {
    for (let job = left.shift(); job; job = left.shift()) await runAll(ask, job);
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, work));
  const { run } = await ask('POST', '/jobs/import-prices/run');
  return run;
}

/** Runs a job as often as it is to have run, one after the other. */
async function runAll(ask, { name, runs, fails = [], paused, wasm, shell: own }) {
  for (const [at, tenths] of runs.entries()) {
    const env = own?.env?.REST
      ? { PACE: '0', REST: fails.includes(at) ? 'x' : String(tenths / 10) }
      : { TENTHS: String(tenths), CODE: fails.includes(at) ? '1' : '0' };
    const { run } = await ask('POST', `/jobs/${name}/run`, wasm ? undefined : { env });
    await ended(ask, run);
  }
  if (paused) await ask('POST', `/jobs/${name}/pause`, { why: paused });
}

async function ended(ask, run) {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await ask('GET', `/runs/${run}`, undefined, true);
    if (answer?.ended_at) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`run ${run} did not end within 30 s`);
}

/** Returns what asks the server; a failure says what was asked. */
function asker(server, token) {
  return async (method, path, body, mayMiss = false) => {
    const answer = await fetch(`${server}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (mayMiss && answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
}
