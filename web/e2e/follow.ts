// A log that is followed while its server goes away and comes back: what the page must show whatever kind of server it is.

import type { Browser } from '@playwright/test';
import type { OwnServer } from './own';
import { Api, expect } from './server';

/** Lines in all, and how long the script waits between two of them: so long that it outlives two restarts. */
const LINES = 1_200;
const WAIT_S = 0.02;
const NAME = 'page-restart';
const SCRIPT = `i=0\nwhile [ $i -lt ${LINES} ]; do\n  i=$((i + 1))\n  echo "line $i"\n  sleep ${WAIT_S}\ndone\n`;

/** Follows a run on a page that is never loaded anew, while its server ends in order and starts, then crashes and starts. */
export async function followAcrossRestarts(browser: Browser, server: OwnServer) {
  const context = await browser.newContext({ baseURL: server.url });
  try {
    const page = await context.newPage();
    const answer = await page.request.post('/api/v1/session', { data: { token: server.token } });
    expect(answer.status(), await answer.text()).toBe(201);
    const extraHTTPHeaders = { authorization: `Bearer ${server.token}` };
    const own = await browser.newContext({ baseURL: server.url, extraHTTPHeaders });
    const api = new Api(own.request);
    await api.save({ name: NAME, shell: { script: SCRIPT }, limits: { timeout: '5m' } });
    const run = await api.run(NAME);
    await page.goto(`/runs/${run}`);
    await page.evaluate(() => Object.assign(window, { loadedOnce: true }));

    const log = page.getByRole('log');
    const follow = (state: string) => page.locator(`[data-follow=${state}]`);
    const seen = async () => {
      const lines = await log.locator('[data-stream=stdout]').allTextContents();
      return lines.map((line) => Number(line.replace('line ', '')));
    };
    const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
    await expect(log).toContainText('line 50');
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await server.end(signal);
      await expect(follow('waiting')).toBeVisible();
      // What was read stays.
      const before = await seen();
      expect(before).toEqual(upTo(before.length));
      await server.start();
      await expect(follow('open')).toBeVisible();
      // It goes on by itself, from where it was.
      await expect.poll(async () => (await seen()).length).toBeGreaterThan(before.length);
      expect((await seen()).slice(0, before.length)).toEqual(before);
      await expect(page.locator('[data-status=running]')).toBeVisible();
    }

    await expect(follow('complete')).toBeVisible({ timeout: 90_000 });
    await expect(page.locator('[data-status=succeeded]')).toBeVisible();
    // The last ones may wait for the next drawing.
    await expect.poll(async () => (await seen()).length).toBeGreaterThanOrEqual(LINES);
    expect(await seen()).toEqual(upTo(LINES));
    expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true);
    await page.reload();
    await expect.poll(seen).toEqual(upTo(LINES));
    await own.close();
  } finally {
    await context.close();
  }
}
