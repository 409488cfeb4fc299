// What a fleet alone has: a job on every worker, two masters that show and save the same, and one of them that goes away.
//
// Against a fleet of two workers, which `cargo xtask browser` starts for this file alone. The second master is a test's own.

import type { Browser } from '@playwright/test';
import { followAcrossRestarts } from './follow';
import { OwnServer } from './own';
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

/** Opens the form of a job at a master, as somebody who came in there. */
async function formAt(browser: Browser, master: OwnServer, job: string) {
  const context = await browser.newContext({ baseURL: master.url });
  const page = await context.newPage();
  const answer = await page.request.post('/api/v1/session', { data: { token: master.token } });
  expect(answer.status(), await answer.text()).toBe(201);
  await page.goto(`/jobs/${job}/edit`);
  await expect(page.getByRole('textbox', { name: 'Description' })).toHaveValue('first');
  return page;
}

test('who saves second, at another master, is shown what the first one changed, and chooses', async ({
  inside: page,
  api,
  browser,
}) => {
  await api.save({ name: 'page-two-masters', description: 'first', shell: { script: 'true' } });
  const other = await OwnServer.master();
  try {
    const theirs = await formAt(browser, other, 'page-two-masters');
    await page.goto('/jobs/page-two-masters/edit');
    await page.getByRole('textbox', { name: 'Description' }).fill('of the first master');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page).toHaveURL(/\/jobs\/page-two-masters$/);

    await theirs.getByRole('textbox', { name: 'Timeout' }).fill('7m');
    await theirs.getByRole('button', { name: 'Save' }).click();
    const dialog = theirs.getByRole('dialog', { name: 'Somebody else saved this job meanwhile' });
    await expect(dialog).toContainText('admin saved it at 20');
    const changed = dialog.getByRole('region', { name: 'What they changed' });
    await expect(changed.locator('del')).toHaveText('first');
    await expect(changed.locator('ins')).toHaveText('of the first master');
    const would = dialog.getByRole('region', { name: 'What yours would change in theirs' });
    await expect(would.locator('[data-change="limits.timeout"] ins')).toHaveText('7m');
    // Nothing was lost by the try, and nothing of it was saved.
    expect((await api.job('page-two-masters')).description).toBe('of the first master');

    await dialog.getByRole('button', { name: 'Put my changes on theirs' }).click();
    await expect(theirs.getByRole('textbox', { name: 'Description' })).toHaveValue('of the first master');
    await theirs.getByRole('button', { name: 'Save' }).click();
    await expect(theirs).toHaveURL(/\/jobs\/page-two-masters$/);
    const both = await api.job('page-two-masters');
    expect([both.description, both.limits.timeout]).toEqual(['of the first master', '7m']);

    // The page at the first master shows it without being loaded anew.
    await page.getByRole('tab', { name: 'Revisions' }).click();
    await expect(page.getByRole('list', { name: 'Revisions' }).getByRole('button')).toHaveCount(3);
    await theirs.context().close();
  } finally {
    await other.drop();
  }
});

test('a log goes on from the same place across a restart and a crash of its master', async ({ browser }) => {
  const master = await OwnServer.master();
  try {
    await followAcrossRestarts(browser, master);
  } finally {
    await master.drop();
  }
});
