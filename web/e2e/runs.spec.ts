// The list of runs: live, filtered by the address, killed and rerun in bulk, exported.

import { readFile } from 'node:fs/promises';
import { expect, test } from './server';

/** Runs of an earlier try of the same test stay; a list begins with this one. */
const fromNow = () => `&from=${new Date().toISOString()}`;

test('a run appears and ends by itself, and scheduled successes can be hidden', async ({
  inside: page,
  api,
}) => {
  await api.save({ name: 'page-live', shell: { script: 'sleep 2' } });
  await page.goto('/runs?job=page-live&quiet=1');
  await expect(page.locator('[data-live=open]')).toBeVisible();
  const run = await api.run('page-live');
  const row = page.locator(`[data-run="${run}"]`);
  // Well before the list is asked for again on its own.
  await expect(row.locator('[data-status=running]')).toBeVisible({ timeout: 5000 });
  await expect(row.locator('[data-status=succeeded]')).toBeVisible();

  // A name of its own: the first run that succeeds must be one that the schedule started.
  const name = `page-scheduled-${Date.now()}`;
  await api.save({
    name,
    enabled: true,
    schedule: '@every 1s',
    shell: { script: 'true' },
  });
  const scheduled = await api.runOf(name, 'succeeded', 30_000);
  await api.pause(name);
  const asked = await api.run(name);
  await api.runIs(asked, 'succeeded');
  await page.goto(`/runs?job=${name}`);
  await expect(page.locator(`[data-run="${scheduled.id}"]`)).toBeVisible();
  await page.getByRole('switch', { name: 'Hide scheduled runs that succeeded' }).click();
  await expect(page).toHaveURL(/quiet=1/);
  await expect(page.locator(`[data-run="${scheduled.id}"]`)).toHaveCount(0);
  await expect(page.locator(`[data-run="${asked}"]`)).toBeVisible();
  await api.remove(name);
});

test('filters by duration, time, worker and trigger stand in the address', async ({ inside: page, api }) => {
  await api.save({ name: 'page-spans', shell: { script: 'sleep "$S"' } });
  await api.save({ name: 'page-quick', shell: { script: 'true' } });
  const from = fromNow();
  const slow = await api.run('page-spans', { env: { S: '2' } });
  const quick = await api.run('page-spans', { env: { S: '0' } }, slow);
  await api.runIs(quick, 'succeeded');
  await page.goto(`/runs?job=page-spans${from}`);
  await expect(page.locator('[data-run]')).toHaveCount(2);
  await page.getByLabel('Took at least').fill('1500');
  await expect(page.getByText('like 90s or 1h30m')).toBeVisible();
  await page.getByLabel('Took at least').fill('1500ms');
  await page.getByLabel('Took at least').press('Enter');
  await expect(page).toHaveURL(/duration_min=1500ms/);
  await expect(page.locator('[data-run]')).toHaveCount(1);
  await expect(page.locator(`[data-run="${slow}"]`)).toBeVisible();

  await page.goto('/runs?job=page-spans&trigger=schedule');
  await expect(page.getByText('No run matches')).toBeVisible();
  await page.goto('/runs?job=page-spans&within=1h');
  await expect(page.locator(`[data-run="${quick}"]`)).toBeVisible();
  await page.goto('/runs?job=page-spans&to=2020-01-01T00:00:00Z');
  await expect(page.getByText('No run matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page).toHaveURL(/\/runs$/);
});

test('runs are chosen and killed, and all that match run again, after a count', async ({
  inside: page,
  api,
}) => {
  await api.save({
    name: 'page-bulk',
    overlap: 'allow',
    shell: { script: 'sleep 300' },
    limits: { grace: '1s' },
  });
  const from = fromNow();
  const runs = [await api.run('page-bulk'), await api.run('page-bulk'), await api.run('page-bulk')];
  for (const run of runs) await api.runIs(run, 'running');
  await page.goto(`/runs?job=page-bulk${from}`);
  for (const run of runs.slice(0, 2)) {
    await page.locator(`[data-run="${run}"]`).getByRole('checkbox').check();
  }
  const bar = page.getByRole('region', { name: 'Chosen runs' });
  await expect(bar).toContainText('2 chosen');
  await bar.getByRole('button', { name: 'Kill 2' }).click();
  const question = page.getByRole('dialog');
  await expect(question).toContainText('page-bulk: 2');
  await question.getByRole('button', { name: 'Kill 2 runs' }).click();
  for (const run of runs.slice(0, 2)) {
    await expect(page.locator(`[data-run="${run}"] [data-status=killed]`)).toBeVisible();
  }
  await expect(page.locator(`[data-run="${runs[2]}"] [data-status=running]`)).toBeVisible();

  await page.getByRole('button', { name: 'All that match' }).click();
  await page.getByRole('menuitem', { name: /^Rerun/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rerun 2 runs' }).click();
  await expect(page.locator('[data-run] [data-status=running]')).toHaveCount(3);
  await page.getByRole('button', { name: 'All that match' }).click();
  await page.getByRole('menuitem', { name: /^Kill/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Kill 3 runs' }).click();
  await expect(page.locator('[data-run] [data-status=killed]')).toHaveCount(5);
});

test('what is listed is exported as CSV and as JSON', async ({ inside: page, api }) => {
  await api.save({ name: 'page-export', shell: { script: 'exit 3' } });
  const from = fromNow();
  const runs = [await api.run('page-export')];
  await api.runIs(runs[0] ?? '', 'failed');
  runs.push(await api.run('page-export'));
  await api.runIs(runs[1] ?? '', 'failed');
  const exported = async (item: string) => {
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: item }).click();
    return readFile(await (await download).path(), 'utf8');
  };
  for (const quiet of ['', '&quiet=1']) {
    await page.goto(`/runs?job=page-export${from}${quiet}`);
    await expect(page.locator('[data-run]')).toHaveCount(2);
    const csv = (await exported('As CSV')).trim().split('\r\n');
    expect(csv).toHaveLength(3);
    expect(csv[1]).toContain(runs[1]);
    expect(csv[2]).toContain(runs[0]);
    const json = JSON.parse(await exported('As JSON'));
    expect(json.map(({ id }: { id: string }) => id)).toEqual([...runs].reverse());
  }
});
