// What a job was, what changed, and the way back; and what else its page tells and does.

import { expect, test } from './server';

const SCRIPT = 'set -e\necho first\necho second\necho third\n';

test('a change is seen line by line and taken back with a reason', async ({ inside: page, api }) => {
  await api.save({ name: 'page-revisions', shell: { script: SCRIPT }, limits: { timeout: '1m' } });
  await api.edit('page-revisions', {
    shell: { script: SCRIPT.replace('second', 'zweite') },
    limits: { timeout: '2m' },
  });
  await page.goto('/jobs/page-revisions');
  await page.getByRole('tab', { name: 'Revisions' }).click();
  await expect(page).toHaveURL(/tab=revisions/);

  const list = page.getByRole('list', { name: 'Revisions' });
  await expect(list.getByRole('button').first()).toContainText('changed limits.timeout, shell.script');
  await expect(list.getByRole('button').first()).toContainText('stands now');
  const timeout = page.getByRole('region', { name: 'limits.timeout' });
  await expect(timeout.locator('del')).toHaveText('1m');
  await expect(timeout.locator('ins')).toHaveText('2m');
  const lines = page.getByRole('region', { name: 'Lines of shell.script' });
  await expect(lines.locator('[data-kind=out]')).toHaveText(/echo second/);
  await expect(lines.locator('[data-kind=in]')).toHaveText(/echo zweite/);

  // The text that stands cannot be restored: it is there.
  await expect(page.getByRole('button', { name: 'Restore this text' })).toHaveCount(0);
  await list.getByRole('button').last().click();
  await page.getByText('The newest', { exact: true }).click();
  await expect(page).toHaveURL(/against=now/);
  await expect(lines.locator('[data-kind=in]')).toHaveText(/echo zweite/);
  await page.getByRole('button', { name: 'Restore this text' }).click();
  await page.getByLabel('Why').fill('zurück: „zweite“ war falsch');
  await page.getByRole('button', { name: 'Restore', exact: true }).click();

  await expect(list.getByRole('button')).toHaveCount(3);
  await expect(list.getByRole('button').first()).toContainText('zurück: „zweite“ war falsch');
  expect((await api.job('page-revisions')).shell.script).toBe(SCRIPT);
});

test('a deleted job is made anew from its last text', async ({ inside: page, api }) => {
  await api.save({ name: 'page-deleted', shell: { script: 'echo here again' } });
  await api.remove('page-deleted');
  await page.goto('/jobs/page-deleted');
  const list = page.getByRole('list', { name: 'Revisions' });
  await expect(list.getByRole('button').first()).toContainText('deleted');
  await list.getByRole('button').nth(1).click();
  await page.getByRole('button', { name: 'Restore this text' }).click();
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Run now' })).toBeVisible();
  expect((await api.job('page-deleted')).shell.script).toBe('echo here again');
});

test('durations and limits are told from what its runs used, and a point leads to its run', async ({
  inside: page,
  api,
}) => {
  await api.save({
    name: 'page-durations',
    shell: { script: 'sleep 3' },
    limits: { timeout: '1s', grace: '1s', output: '1GiB' },
  });
  const run = await api.run('page-durations');
  await api.runIs(run, 'timed_out');
  await page.goto('/jobs/page-durations');
  await expect(page.getByRole('img', { name: /Durations of the last 1 runs/ })).toBeVisible();
  const time = page.locator('[data-limit=timeout]');
  await expect(time).toContainText('reached once');
  await expect(time).toContainText('would leave room');
  await page.locator(`[data-point="${run}"]`).click();
  await expect(page).toHaveURL(new RegExp(run));
});

test('a run is asked for with changes, and the job stays as it is', async ({ inside: page, api }) => {
  await api.save({
    name: 'page-once',
    shell: { script: 'echo "hello $WHO"; cat', env: { WHO: 'all' } },
  });
  await page.goto('/jobs/page-once');
  await page.getByRole('button', { name: 'More to do with page-once' }).click();
  await page.getByRole('menuitem', { name: 'Run once with changes' }).click();
  await page.getByLabel('Variable 1: name').fill('WHO');
  await page.getByLabel('Variable 1: value').fill('you');
  await page.getByLabel('Standard input').fill('typed here');
  await page.getByLabel('Timeout').fill('soon');
  await expect(page.getByLabel('Timeout')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Timeout').fill('90d');
  await expect(page.getByLabel('Timeout')).not.toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  // A fault stands at its field; the rest of what was typed stays.
  await expect(page.getByLabel('Timeout')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Timeout').fill('20s');
  await page.getByRole('button', { name: 'Run once', exact: true }).click();
  await expect(page).toHaveURL(/\/runs\//);
  await expect(page.getByRole('log')).toContainText('hello you');
  await expect(page.getByRole('log')).toContainText('typed here');
  expect((await api.job('page-once')).shell.env).toEqual({ WHO: 'all' });
});

test('a job is taken along as YAML and as a command, and copied to a new one', async ({
  inside: page,
  api,
}) => {
  await api.remove('page-copied');
  await api.save({ name: 'page-copy', shell: { script: 'echo a\necho b\n' } });
  await page.goto('/jobs/page-copy?tab=definition');
  const text = page.getByLabel('The job as text');
  await expect(text).toContainText('script: |');
  // What is shown makes the very same job.
  const yaml = (await text.textContent())?.replace('name: page-copy', 'name: page-copied') ?? '';
  const { job } = await api.saveText('page-copied', yaml);
  expect(job.shell.script).toBe('echo a\necho b\n');
  await page.getByText('curl', { exact: true }).click();
  await expect(text).toContainText("--data-binary @- <<'JOB'");

  await api.remove('page-copied');
  await page.getByRole('button', { name: 'More to do with page-copy' }).click();
  await page.getByRole('menuitem', { name: 'Copy to a new job' }).click();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('page-copy-copy');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-copied');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-copied$/);
  expect((await api.job('page-copied')).shell.script).toBe('echo a\necho b\n');
});
