// A job that runs on every worker of a fleet: made in the form, run on each, seen and stopped on each. Against a fleet of
// two workers, which `cargo xtask browser` starts for this file alone.

import { expect, test } from './server';

test('a job on every worker is made in the form, runs on each, and is killed and paused on each', async ({
  inside: page,
  api,
}) => {
  await api.remove('page-everywhere');
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-everywhere');
  const script = 'echo "here is $SANDGLASS_WORKER"; exec sleep 600';
  await page.getByRole('textbox', { name: 'Script', exact: true }).fill(script);
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('0 0 1 1 *');
  await page.getByRole('combobox', { name: 'Runs on' }).click();
  await page.getByRole('option', { name: 'every worker that matches' }).click();
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-everywhere$/);

  const workers = page.getByRole('list', { name: 'Workers of this job' });
  await expect(workers.getByRole('listitem')).toHaveText(['w1: ready', 'w2: ready']);
  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page.getByText('Each of 2 workers takes one within a moment.')).toBeVisible();
  await expect(page).toHaveURL(/\/runs\//);
  await expect(page.getByRole('log')).toContainText('here is w');

  // The job tells of both, and each has printed its own.
  await page.goto('/jobs/page-everywhere');
  await expect(workers.getByRole('listitem')).toHaveText(['w1: ready, 1 running', 'w2: ready, 1 running']);
  for (const worker of ['w1', 'w2']) {
    const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name: worker, exact: true }) });
    await row.getByRole('link', { name: /open the run/ }).click();
    await expect(page.getByRole('log')).toContainText(`here is ${worker}`);
    await page.goto('/jobs/page-everywhere');
  }

  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const question = page.getByRole('dialog');
  await question.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
  // A pause lets what runs go on; a kill ends it, on each.
  for (const worker of ['w1', 'w2']) {
    const row = page.getByRole('row').filter({ has: page.getByRole('cell', { name: worker, exact: true }) });
    await row.getByRole('button', { name: 'Kill this run of page-everywhere' }).click();
    await expect(row.locator('[data-status=killed]')).toBeVisible();
  }
  await expect(workers.getByRole('listitem')).toHaveText(['w1: ready', 'w2: ready']);
});
