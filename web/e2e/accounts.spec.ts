// Users, their roles and tokens on the page: made by an admin, come in by link and password, see what they may.

import { expect, test } from './server';

test('an admin makes a user who sets a password and is offered what the role allows', async ({
  inside: page,
  browser,
  baseURL,
}) => {
  const name = `page-${Date.now()}`;
  await page.goto('/users');
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Make the user' }).click();
  const told = page.getByRole('status').filter({ hasText: `A link for ${name}` });
  const link = await told.locator('code, pre').first().innerText();
  await told.getByRole('button', { name: 'I have it' }).click();

  const theirs = await (await browser.newContext({ baseURL })).newPage();
  await theirs.goto(link.trim());
  await expect(theirs).toHaveURL(/:\d+\/$/);
  await expect(theirs.getByRole('link', { name: 'Users' })).toHaveCount(0);
  await theirs.goto('/jobs');
  await expect(theirs.locator('[data-job]').first()).toBeVisible();
  await expect(theirs.getByRole('checkbox')).toHaveCount(0);
  await expect(theirs.getByRole('link', { name: 'New job' })).toHaveCount(0);
  await theirs.goto('/account');
  await theirs.getByLabel('New password', { exact: true }).fill('correct horse');
  await theirs.getByRole('button', { name: 'Set the password' }).click();
  await expect(theirs.getByLabel('Current password', { exact: true })).toBeVisible();
  await theirs.getByLabel('What for').fill('a script');
  await theirs.getByRole('button', { name: 'Make a token' }).click();
  await expect(theirs.getByText('It is shown this once.', { exact: false })).toBeVisible();
  await theirs.getByRole('button', { name: 'I have it' }).click();
  await expect(theirs.getByRole('button', { name: 'Revoke a script' })).toBeVisible();

  await theirs.context().clearCookies();
  await theirs.goto('/login');
  await theirs.getByLabel('Name', { exact: true }).fill(name);
  await theirs.getByLabel('Password', { exact: true }).fill('wrong horse');
  await theirs.getByRole('button', { name: 'Log in' }).click();
  await expect(theirs.getByRole('alert')).toContainText('not right');
  await theirs.getByLabel('Name', { exact: true }).fill(name);
  await theirs.getByLabel('Password', { exact: true }).fill('correct horse');
  // By the keys alone.
  await theirs.keyboard.press('Enter');
  await expect(theirs).toHaveURL(/:\d+\/$/);

  await page.goto('/audit');
  await page.getByRole('textbox', { name: 'User' }).fill(name);
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('401 wrong_password')).toBeVisible();

  await page.goto('/users');
  await page.getByRole('button', { name: `Remove ${name}` }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.getByRole('cell', { name, exact: true })).toHaveCount(0);
  await theirs.goto('/jobs');
  await expect(theirs).toHaveURL(/\/login/);
});
