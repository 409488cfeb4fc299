// Jobs of both kinds from the form to their output, and what can be done in a row.

import { helloModule } from './hello-module';
import { counting, expect, test } from './server';

test('a shell job is made in the form and its output comes live', async ({ inside: page, api }) => {
  await api.remove('page-shell');
  await page.goto('/jobs');
  await page.getByRole('link', { name: 'New job' }).click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-shell');
  await page.getByRole('textbox', { name: 'Script', exact: true }).fill(counting(4));
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('30 2 * * 1-5');
  await page.getByRole('combobox', { name: 'Time zone' }).click();
  await page.getByRole('combobox', { name: 'Time zone' }).fill('berlin');
  await page.getByRole('option', { name: 'Europe/Berlin' }).click();

  const meaning = page.getByRole('region', { name: 'What the schedule means' });
  await expect(meaning.locator('[data-preview=current]')).toBeVisible();
  await expect(meaning).toContainText('Europe/Berlin');
  await expect(meaning.getByRole('row')).toHaveCount(5);

  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-shell$/);
  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page).toHaveURL(/\/runs\//);

  const log = page.getByRole('log');
  await expect(log).toContainText('line 1');
  // Its end is still to come: what is seen was seen live.
  await expect(page.locator('[data-status=running]')).toBeVisible();
  await expect(log).toContainText('line 4');
  await expect(page.locator('[data-status=succeeded]')).toBeVisible();
  await expect(page.locator('[data-reason]')).toContainText('exit code 0');
  await expect(page.locator('[data-follow=complete]')).toBeVisible();
  await expect(log.locator('[data-stream=stderr]')).toHaveText('to stderr');
  await expect(log.locator('[data-stream=stdout]')).toHaveText(['line 1', 'line 2', 'line 3', 'line 4']);

  // After a reload the same stands there, nothing lost and nothing twice.
  await page.reload();
  await expect(log.locator('[data-stream=stdout]')).toHaveText(['line 1', 'line 2', 'line 3', 'line 4']);
});

test('a module is uploaded in the form and its job runs', async ({ inside: page, api }) => {
  await api.remove('page-wasm');
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-wasm');
  await page.getByText('WASI module', { exact: true }).click();
  const file = {
    name: 'hello.wasm',
    mimeType: 'application/wasm',
    buffer: helloModule('hello from a module\n'),
  };
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByRole('combobox', { name: 'Module' })).toHaveValue(/hello\.wasm/);
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('@daily');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-wasm$/);

  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page.locator('[data-status=succeeded]')).toBeVisible();
  await expect(page.getByRole('log')).toContainText('hello from a module');
});

test('a program compiled from Rust is uploaded, is given a folder and runs every ten seconds', async ({
  inside: page,
  api,
}) => {
  const { SANDGLASS_TEST_MODULES: modules, SANDGLASS_TEST_GRANTED: granted } = process.env;
  test.skip(!modules || !granted, '`cargo xtask test` builds the modules and grants a folder');
  await api.remove('page-checksum');
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-checksum');
  await page.getByText('WASI module', { exact: true }).click();
  await page.locator('input[type=file]').setInputFiles(`${modules}/checksum.wasm`);
  await expect(page.getByRole('combobox', { name: 'Module' })).toHaveValue(/checksum\.wasm/);
  await page.getByRole('button', { name: 'Add an argument' }).click();
  await page.getByRole('textbox', { name: 'Arguments 1' }).fill('/data');
  await page.getByRole('button', { name: 'Grant a directory' }).click();
  await page.getByRole('textbox', { name: 'Directories 1: path on the worker' }).fill(String(granted));
  await page.getByRole('textbox', { name: 'Directories 1: path in the module' }).fill('/data');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('*/10 * * * * *');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-checksum$/);

  // Nobody starts it: its schedule does.
  const row = page.getByRole('row').filter({ has: page.locator('[data-status=succeeded]') });
  await expect(row.first()).toContainText('Schedule', { timeout: 30_000 });
  await row.first().locator('[data-status=succeeded]').click();
  // SHA-256 of "hello\n".
  await expect(page.getByRole('log')).toContainText(
    '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
  );
  await api.remove('page-checksum');
});

test('a file that is no module is refused with the reason', async ({ inside: page }) => {
  await page.goto('/modules');
  const file = {
    name: 'notes.wasm',
    mimeType: 'application/wasm',
    buffer: Buffer.from('these are notes, not a module'),
  };
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByRole('alert')).toContainText('notes.wasm was not taken');
});

test('a run is killed from its page', async ({ inside: page, api }) => {
  await api.save({
    name: 'page-kill',
    shell: { script: 'echo begun\nsleep 300\n' },
    limits: { grace: '1s' },
  });
  const run = await api.run('page-kill');
  await page.goto(`/runs/${run}`);
  await expect(page.getByRole('log')).toContainText('begun');
  await page.getByRole('button', { name: 'Kill', exact: true }).click();
  await expect(page.locator('[data-status=killed]')).toBeVisible();
  await expect(page.locator('[data-reason]')).toContainText('killed by a user');
});

test('run, kill, pause and resume work in the row', async ({ inside: page, api }) => {
  await api.save({
    name: 'page-row',
    enabled: true,
    shell: { script: 'sleep 300' },
    limits: { grace: '1s' },
  });
  await page.goto('/jobs?q=page-row');
  const row = page.locator('[data-job=page-row]');
  await row.getByRole('button', { name: 'Run page-row now' }).click();
  await expect(row).toContainText('1 running');
  await row.getByRole('button', { name: 'Kill the runs of page-row' }).click();
  await page.getByRole('button', { name: 'Kill', exact: true }).click();
  await expect(row.getByRole('link', { name: /^Killed/ })).toBeVisible();

  await row.getByRole('button', { name: 'Pause page-row' }).click();
  await page.getByLabel('Why').fill('a test says so');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(row).toContainText('Paused');
  await row.getByRole('button', { name: 'Resume page-row' }).click();
  await expect(row).not.toContainText('Paused');
});

test('search and filters stand in the address', async ({ inside: page, api }) => {
  await api.save({ name: 'page-find', shell: { script: 'exit 3' } });
  const run = await api.run('page-find');
  await api.runIs(run, 'failed');
  await page.goto('/jobs');
  await page.getByLabel('Search jobs').fill('page-fin');
  await expect(page).toHaveURL(/q=page-fin/);
  await expect(page.locator('[data-job]')).toHaveCount(1);

  await page.goto('/runs');
  await page.getByRole('textbox', { name: 'Job', exact: true }).fill('page-find');
  await expect(page).toHaveURL(/job=page-find/);
  await expect(page.locator(`[data-run="${run}"]`)).toContainText('exit code 3');
  await page.goto('/runs?job=page-find&status=succeeded');
  await expect(page.getByText('No run matches')).toBeVisible();
});

test('a pause has an end where one is given', async ({ inside: page, api }) => {
  await api.save({ name: 'page-until', enabled: true, schedule: '30 2 * * *', shell: { script: 'true' } });
  await page.goto('/jobs/page-until');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const question = page.getByRole('dialog', { name: 'Pause page-until?' });
  await question.getByRole('textbox', { name: 'Why' }).fill('a move');
  await question.getByRole('button', { name: 'For 4 h' }).click();
  const end = Date.parse(await question.getByLabel('Until').inputValue());
  await question.getByRole('button', { name: 'Pause', exact: true }).click();
  const note = page.getByRole('alert').filter({ hasText: 'a move' });
  const until = note.locator('time').nth(1);
  await expect(until).toBeVisible();
  expect(Date.parse((await until.getAttribute('datetime')) ?? '')).toBe(end);
  expect(Math.abs(end - Date.now() - 4 * 3_600_000)).toBeLessThan(120_000);

  // Of many at once too.
  await api.save({ name: 'page-until', enabled: true, schedule: '30 2 * * *', shell: { script: 'true' } });
  await page.goto('/jobs?q=page-until');
  await page.locator('[data-job=page-until]').getByRole('checkbox').check();
  await page.getByRole('region', { name: 'Chosen jobs' }).getByRole('button', { name: 'Pause' }).click();
  const many = page.getByRole('dialog', { name: 'Pause 1 job?' });
  await many.getByRole('button', { name: 'For 1 day' }).click();
  await many.getByRole('button', { name: 'Pause 1 job' }).click();
  await expect(page.locator('[data-job=page-until]').getByText('Paused', { exact: true })).toHaveAttribute(
    'title',
    /, until \d{4}-\d\d-\d\d \d\d:\d\d/,
  );
});
