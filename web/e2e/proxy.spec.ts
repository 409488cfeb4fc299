// nginx before two masters of a fleet, beneath a path of its site: the page as people have it there, and what they see of
// masters that are killed under load.
//
// Against the fleet that `cargo xtask browser` starts; nginx and both masters are the test's own. Without nginx it is skipped.
// With `wrk` on the PATH that is a part of the load (`cargo xtask soak proxy` installs it).

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { Nginx, PROGRAM } from './nginx';
import { OwnServer } from './own';
import { expect, TOKEN, test } from './server';

const BEHIND = 'trusted_proxies = ["127.0.0.1"]';
/** Lines of the run that is followed: it outlives both kills. */
const LINES = 1_500;
const SCRIPT = `i=0\nwhile [ $i -lt ${LINES} ]; do\n  i=$((i + 1))\n  echo "line $i"\n  sleep 0.02\ndone\n`;
/** Writers at one time, and requests of `wrk` at one time; each of these waits so long before the next. */
const WRITERS = 4;
const READERS = 8;
const DELAY_MS = 20;
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };

test.skip(PROGRAM === '', 'there is no nginx: `cargo xtask services` fetches it');

/** Logs in where nginx shows the masters. */
async function login(page: Page) {
  const answer = await page.request.post('api/v1/session', { data: { token: TOKEN } });
  expect(answer.status(), await answer.text()).toBe(201);
}

/** Saves new jobs until it is told to end, and keeps the names of those whose save was answered. */
class Writers {
  readonly acknowledged: string[] = [];
  refused = 0;
  private ends = false;
  private tag = Math.random().toString(36).slice(2, 8);
  private all: Promise<void>[];

  constructor(private url: string) {
    this.all = Array.from({ length: WRITERS }, (_, at) => this.write(at));
  }

  private async write(at: number) {
    for (let n = 0; !this.ends; n += 1) {
      const name = `proxied-${this.tag}-${at}-${n}`;
      const job = { name, schedule: '@yearly', enabled: false, shell: { script: 'true' } };
      const headers = { ...AUTHORIZATION, 'content-type': 'application/json' };
      const body = JSON.stringify(job);
      const answer = await fetch(`${this.url}api/v1/jobs`, { method: 'POST', headers, body }).catch(
        () => undefined,
      );
      if (answer?.status === 201) this.acknowledged.push(name);
      else this.refused += 1;
      await answer?.arrayBuffer().catch(() => undefined);
      await new Promise((done) => setTimeout(done, DELAY_MS));
    }
  }

  async end() {
    this.ends = true;
    await Promise.all(this.all);
  }
}

/** Has `wrk` read lists for so long, where it is there; returns what it counted. */
async function readers(url: string, seconds: number): Promise<string> {
  if (spawnSync('wrk', ['--version']).error) return 'no wrk on the PATH';
  const folder = await mkdtemp(join(tmpdir(), 'sandglass-wrk-'));
  const script = join(folder, 'wait.lua');
  await writeFile(script, `function delay() return ${DELAY_MS} end\n`);
  const words = [
    '-t1',
    `-c${READERS}`,
    `-d${seconds}s`,
    '-s',
    script,
    '-H',
    `authorization: Bearer ${TOKEN}`,
  ];
  const child = spawn('wrk', [...words, `${url}api/v1/jobs?limit=20`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  child.stdout.on('data', (data) => (told += data));
  await once(child, 'exit');
  return told.trim();
}

test('beneath a path every way through the page stays beneath it', async ({ browser, api }) => {
  const master = await OwnServer.master(BEHIND);
  const nginx = await Nginx.before([master.url], '/ops/sandglass');
  const context = await browser.newContext({ baseURL: nginx.url });
  try {
    await api.save({ name: 'beneath', shell: { script: 'echo here' } });
    const page = await context.newPage();
    const outside: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(nginx.url)) outside.push(request.url());
    });
    page.on('pageerror', (error) => outside.push(error.message));
    // Not logged in: sent to the login and back to where one wanted to go.
    await page.goto('jobs/beneath');
    await expect(page).toHaveURL(`${nginx.url}login?next=%2Fjobs%2Fbeneath`);
    await page.getByRole('textbox', { name: /token/i }).or(page.getByLabel(/token/i)).first().waitFor();
    await login(page);
    await page.goto('jobs');
    await page.getByRole('link', { name: 'beneath', exact: true }).click();
    await expect(page).toHaveURL(`${nginx.url}jobs/beneath`);
    await page.getByRole('button', { name: 'Run now' }).click();
    await expect(page).toHaveURL(new RegExp(`^${nginx.url}runs/`));
    await expect(page.getByRole('log')).toContainText('here');
    await page.reload();
    await expect(page.getByRole('log')).toContainText('here');
    const raw = page.getByRole('link', { name: /raw|download|text/i }).first();
    expect(await raw.getAttribute('href')).toMatch(/^\/ops\/sandglass\/api\/v1\/runs\//);
    // A dialog has links as well.
    await page.goto('jobs/beneath');
    await expect(page.getByRole('button', { name: 'Run now' })).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Find a job or a page' }).fill('workers');
    await page.getByRole('button', { name: 'Workers', exact: true }).click();
    await expect(page).toHaveURL(`${nginx.url}workers`);
    await page.goBack();
    await expect(page).toHaveURL(`${nginx.url}jobs/beneath`);
    await page.goto('docs');
    await expect(page.getByText('/api/v1/jobs/{name}/run', { exact: true })).toBeVisible();
    expect(outside).toEqual([]);
  } finally {
    await context.close();
    await nginx.drop();
    await master.drop();
  }
});

test('each of two masters is killed under load: no acknowledged save is lost, and the page goes on', async ({
  browser,
  api,
}) => {
  const masters = [await OwnServer.master(BEHIND), await OwnServer.master(BEHIND)];
  const nginx = await Nginx.before(
    masters.map((master) => master.url),
    '/sandglass',
  );
  const context = await browser.newContext({ baseURL: nginx.url });
  const writers = new Writers(nginx.url);
  try {
    await api.save({ name: 'followed', shell: { script: SCRIPT }, limits: { timeout: '5m' } });
    const run = await api.run('followed');
    const read = readers(nginx.url, 30);
    const page = await context.newPage();
    const thrown: string[] = [];
    page.on('pageerror', (error) => thrown.push(error.message));
    await login(page);
    await page.goto(`runs/${run}`);
    await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
    const lines = page.getByRole('log').locator('[data-stream=stdout]');
    const seen = async () => (await lines.allTextContents()).map((line) => Number(line.replace('line ', '')));
    const far = async (count: number) =>
      expect.poll(async () => (await seen()).length).toBeGreaterThan(count);
    for (const master of masters) {
      const before = (await seen()).length;
      await far(before + 100);
      await master.end('SIGKILL');
      // The other one has it, without anybody touching the page.
      await far((await seen()).length + 100);
      await master.start();
    }
    await expect(page.locator('[data-follow=complete]')).toBeVisible({ timeout: 90_000 });
    await expect(page.locator('[data-status=succeeded]')).toBeVisible();
    await expect.poll(async () => (await seen()).length).toBeGreaterThanOrEqual(LINES);
    expect(await seen()).toEqual(Array.from({ length: LINES }, (_, at) => at + 1));
    expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true);
    await page.goto('jobs');
    await expect(page.getByRole('link', { name: 'followed', exact: true })).toBeVisible();
    expect(thrown).toEqual([]);

    await writers.end();
    const told = `${writers.acknowledged.length} saves acknowledged, ${writers.refused} not; ${await read}`;
    test.info().annotations.push({ type: 'load', description: told });
    console.log(told);
    expect(writers.acknowledged.length).toBeGreaterThan(100);
    const lost: string[] = [];
    for (const name of writers.acknowledged) if (!(await api.job(name))) lost.push(name);
    expect(lost, 'saves that were acknowledged and are gone').toEqual([]);
  } finally {
    await writers.end();
    await context.close();
    await nginx.drop();
    for (const master of masters) await master.drop();
  }
});
