// A worker: what runs there, how far its drain is, and what its host can hold.

import { expect, test } from './server';

test('a worker is drained while a run goes on, tells what is left, and takes runs again', async ({
  inside: page,
  api,
}) => {
  await api.save({ name: 'page-drain', shell: { script: 'sleep 300' }, limits: { grace: '1s' } });
  const run = await api.run('page-drain');
  await api.runIs(run, 'running');
  await page.goto('/workers');
  await expect(page.locator('[data-live=open]')).toBeVisible();
  const here = page.locator(`[data-run="${run}"]`);
  await expect(here).toContainText('page-drain');
  await expect(page.locator('[data-heartbeat=well]')).toHaveText(/just now|s ago/);

  await page.getByRole('button', { name: /^Drain/ }).click();
  await page.getByLabel('Why').fill('new kernel');
  await page.getByRole('dialog').getByRole('button', { name: 'Drain', exact: true }).click();
  await expect(page.getByText(/new kernel/)).toBeVisible();
  const story = page.locator('[data-left]');
  await expect(story).toContainText(/runs? left/);
  const left = Number(await story.getAttribute('data-left'));
  await api.kill('page-drain');
  await expect(here).toHaveCount(0);
  // Nothing new begins; what other tests left behind may go on.
  await expect.poll(async () => Number(await story.getAttribute('data-left'))).toBeLessThan(left);
  await page.getByRole('button', { name: /^Undrain/ }).click();
  await expect(page.getByText('Takes runs')).toBeVisible();

  await page.getByRole('button', { name: /can hold$/ }).click();
  await expect(page.getByRole('region', { name: 'Shell jobs' })).toContainText('memory');
  await expect(page.getByRole('region', { name: 'WASI jobs' })).toContainText('fuel');
});
