// What the form does with what is wrong: at its field, with a caret, as a conflict, before it is lost.

import { expect, test } from './server';

test('a schedule with a typo shows its place', async ({ inside: page }) => {
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('30 25 * * *');
  const pointed = page.getByText(/\^/);
  await expect(pointed).toBeVisible();
  const [text, carets] = ((await pointed.textContent()) ?? '').split('\n');
  expect(text?.slice(carets?.indexOf('^'), (carets?.lastIndexOf('^') ?? 0) + 1)).toContain('25');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('30 2 * * *');
  await expect(pointed).toBeHidden();
});

test('all faults come back to their fields at once', async ({ inside: page }) => {
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Not A Name');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('@daily');
  await page.getByRole('textbox', { name: 'Memory', exact: true }).fill('much');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page.getByRole('alert')).toContainText('It was not saved');
  for (const label of ['Name', 'Memory', 'Script']) {
    await expect(page.getByRole('textbox', { name: label, exact: true })).toHaveAttribute(
      'aria-invalid',
      'true',
    );
  }
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toBeFocused();
});

test('a name that is taken is said at its field', async ({ inside: page, api }) => {
  await api.save({ name: 'page-taken', shell: { script: 'true' } });
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-taken');
  await page.getByRole('textbox', { name: 'Script', exact: true }).fill('true');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('@daily');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveAttribute(
    'aria-invalid',
    'true',
  );
});

test('a conflict on save lets the user choose', async ({ inside: page, api }) => {
  await api.save({ name: 'page-conflict', description: 'first', shell: { script: 'true' } });
  await page.goto('/jobs/page-conflict/edit');
  await page.getByRole('textbox', { name: 'Description' }).fill('mine');
  await api.edit('page-conflict', { description: 'theirs' });
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Somebody else saved this job meanwhile' });
  await dialog.getByRole('button', { name: 'Load theirs' }).click();
  await expect(page.getByRole('textbox', { name: 'Description' })).toHaveValue('theirs');

  await page.getByRole('textbox', { name: 'Description' }).fill('mine again');
  await api.edit('page-conflict', { description: 'theirs again' });
  await page.getByRole('button', { name: 'Save' }).click();
  // What would be lost is seen before it is.
  const would = dialog.getByRole('region', { name: 'What yours would change in theirs' });
  await expect(would.locator('del')).toHaveText('theirs again');
  await expect(would.locator('ins')).toHaveText('mine again');
  await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-conflict$/);
  expect((await api.job('page-conflict')).description).toBe('mine again');

  await page.goto('/jobs/page-conflict/edit');
  await page.getByRole('textbox', { name: 'Timeout' }).fill('7m');
  await api.edit('page-conflict', { description: 'theirs once more' });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('region', { name: 'What they changed' })).toContainText('theirs once more');
  await dialog.getByRole('button', { name: 'Put my changes on theirs' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-conflict$/);
  const merged = await api.job('page-conflict');
  expect([merged.description, merged.limits.timeout]).toEqual(['theirs once more', '7m']);
});

test('changes that are not saved are not lost without a word', async ({ inside: page }) => {
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-unsaved');
  await page.getByRole('link', { name: 'Runs' }).click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('page-unsaved');
  await page.getByRole('link', { name: 'Runs' }).click();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await expect(page).toHaveURL(/\/runs$/);
});

test('a job is deleted after a question', async ({ inside: page, api }) => {
  await api.save({ name: 'page-delete', shell: { script: 'true' } });
  await page.goto('/jobs/page-delete');
  await page.getByRole('button', { name: 'More to do with page-delete' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\/jobs$/);
  await page.goto('/jobs/page-delete');
  await expect(page.getByText('It is not there')).toBeVisible();
});
