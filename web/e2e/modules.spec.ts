// Modules on their page: upload, refusal, tags, a job by tag with its grants, deletion refused while it is used.

import { helloModule } from './hello-module';
import { expect, test } from './server';

/** Bytes that no other test uploads. */
const LINE = 'hello by a tag\n';

test('a module is uploaded, tagged, run by a job that names the tag, and stays while the job uses it', async ({
  inside: page,
  api,
}) => {
  await api.remove('page-tagged');
  await page.goto('/modules');
  const file = { name: 'tagged.wasm', mimeType: 'application/wasm', buffer: helloModule(LINE) };
  await page.locator('input[type=file]').setInputFiles(file);
  const row = page.getByRole('row').filter({ hasText: 'tagged.wasm' });
  await expect(row).toContainText('core, WASI preview 1');

  // What the server found.
  await row.getByRole('button', { name: 'What was found in tagged.wasm' }).click();
  await expect(page.getByText('wasi_snapshot_preview1::fd_write')).toBeVisible();

  // A tag: set, refused where its form is wrong, removed, set again.
  await row.getByRole('button', { name: 'Tag tagged.wasm' }).click();
  await page.getByRole('textbox', { name: 'Tag' }).fill('no tag');
  await page.getByRole('button', { name: 'Set the tag' }).click();
  await expect(page.getByRole('alert')).toContainText('NAME:TAG');
  await page.getByRole('textbox', { name: 'Tag' }).fill('page:stable');
  await page.getByRole('button', { name: 'Set the tag' }).click();
  await expect(row.locator('[data-tag="page:stable"]')).toBeVisible();
  await row.getByRole('button', { name: 'Remove the tag page:stable' }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(row.locator('[data-tag="page:stable"]')).toHaveCount(0);
  await row.getByRole('button', { name: 'Tag tagged.wasm' }).click();
  await page.getByRole('textbox', { name: 'Tag' }).fill('page:stable');
  await page.getByRole('button', { name: 'Set the tag' }).click();
  await expect(row.locator('[data-tag="page:stable"]')).toBeVisible();

  // A job by the tag; what it grants is shown before it is saved.
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-tagged');
  await page.getByText('WASI module', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Module' }).click();
  await page.getByRole('combobox', { name: 'Module' }).fill('page:stable');
  await page.getByRole('option', { name: /page:stable/ }).click();
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('@daily');
  const given = page.getByRole('region', { name: 'What the module is given' });
  await expect(given.locator('[data-capability=files]')).toContainText('nothing');
  await expect(given.locator('[data-warning]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Add an argument' }).click();
  await page.getByRole('textbox', { name: 'Arguments 1' }).fill('unread');
  await expect(given.locator('[data-warning]')).toContainText('reads none');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-tagged$/);
  expect((await api.job('page-tagged')).wasm.module).toMatch(/^sha256:/);

  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page.locator('[data-status=succeeded]')).toBeVisible();
  await expect(page.getByRole('log')).toContainText('hello by a tag');

  // It stays while the job uses it, and says who does.
  await page.goto('/modules');
  await row.getByRole('button', { name: 'Delete tagged.wasm' }).click();
  const why = page.getByRole('dialog', { name: 'tagged.wasm cannot be deleted' });
  await expect(why.getByRole('link', { name: 'page-tagged' })).toBeVisible();
  await page.keyboard.press('Escape');
  await api.remove('page-tagged');
  await expect(row).toContainText('no job', { timeout: 20_000 });
  await row.getByRole('button', { name: 'Delete tagged.wasm' }).click();
  await expect(page.getByRole('dialog')).toContainText('page:stable goes with it');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(row).toHaveCount(0);
});

test('an upload that could not run is refused with its reason', async ({ inside: page }) => {
  await page.goto('/modules');
  const text = { name: 'notes.wasm', mimeType: 'application/wasm', buffer: Buffer.from('just text') };
  await page.locator('input[type=file]').setInputFiles(text);
  await expect(page.getByRole('alert')).toContainText('notes.wasm was not taken');
  await expect(page.getByRole('alert')).toContainText('This is text');
});
