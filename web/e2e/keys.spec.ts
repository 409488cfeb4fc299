// Without a mouse: shortcuts, the sheet that tells them, and the palette that finds jobs and acts on them.

import { expect, test } from './server';

test('keys lead to pages, rest in fields, and are told on a sheet', async ({ inside: page }) => {
  await page.goto('/jobs');
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await expect(page).toHaveURL(/\/workers$/);
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keys' });
  await expect(sheet).toContainText('Go to Upcoming');
  // Under a dialog the keys rest.
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await page.keyboard.press('Escape');
  await expect(sheet).toBeHidden();
  await expect(page).toHaveURL(/\/workers$/);

  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await expect(page).toHaveURL(/\/jobs$/);
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: /Search jobs/ })).toBeFocused();
  // What is typed into a field is text.
  await page.keyboard.type('gwn?');
  await expect(page.getByRole('searchbox', { name: /Search jobs/ })).toHaveValue('gwn?');
  await expect(page).toHaveURL(/\/jobs\?q=/);
  await page.getByRole('heading', { name: 'Jobs', level: 1 }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
});

test('the palette finds a job and runs it by keyboard alone', async ({ inside: page, api }) => {
  await api.save({ name: 'page-palette', shell: { script: 'echo from the palette' } });
  await page.goto('/workers');
  await expect(page.getByRole('heading', { name: 'Workers', level: 1 })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a job or a page' }).pressSequentially('palett');
  const run = page.getByRole('button', { name: /^Run page-palette now/ });
  await expect(run).toBeVisible();
  // Down until it is chosen, as one does who looks at the list.
  await expect(async () => {
    await page.keyboard.press('ArrowDown');
    await expect(run).toHaveAttribute('data-selected', 'true', { timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/runs\//);
  await expect(page.getByRole('log')).toContainText('from the palette');

  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a job or a page' }).fill('upcom');
  await page.getByRole('button', { name: 'Upcoming' }).click();
  await expect(page).toHaveURL(/\/upcoming$/);
});
