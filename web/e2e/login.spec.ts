// The way in: the one-time link, a token, and back to where one was when the session has ended.

import { expect, LOGIN, TOKEN, test } from './server';

test('the login link lets in once and leaves the address', async ({ page, context }) => {
  test.skip(LOGIN === '', 'needs SANDGLASS_LOGIN, a link that nobody used');
  const { pathname, hash } = new URL(LOGIN);
  await page.goto(pathname + hash);
  await expect(page).toHaveURL(/:\d+\/$/);
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();

  await context.clearCookies();
  await page.goto(pathname + hash);
  await expect(page.getByRole('alert')).toContainText('used before');
  expect(page.url()).not.toContain(hash);
});

test('a token lets in and a wrong one is refused', async ({ page }) => {
  await page.goto('/login');
  await page.getByLabel('Or log in with a token').fill('not-a-token');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toContainText('Not let in');

  await page.getByLabel('Or log in with a token').fill(TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/:\d+\/$/);
});

test('a session that ended leads to the login and back to the page', async ({ inside: page, context }) => {
  await page.goto('/runs?status=failed');
  await expect(page.getByRole('heading', { name: 'Runs' })).toBeVisible();
  await context.clearCookies();
  await expect(page).toHaveURL(/\/login\?next=/);

  await page.getByLabel('Or log in with a token').fill(TOKEN);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/runs\?status=failed$/);
});

test('a session that ended while something was typed asks above it, and nothing is lost', async ({
  inside: page,
  context,
}) => {
  await page.goto('/jobs/new');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-half-typed');
  await context.clearCookies();
  const question = page.getByRole('dialog', { name: 'Your session has ended' });
  await expect(question).toContainText('What you typed is still here');
  await question.getByLabel('Or log in with a token').fill('not-a-token');
  await question.getByRole('button', { name: 'Log in' }).click();
  await expect(question.getByRole('alert')).toContainText('Not let in');
  await question.getByLabel('Or log in with a token').fill(TOKEN);
  await question.getByRole('button', { name: 'Log in' }).click();
  await expect(question).toBeHidden();
  await expect(page).toHaveURL(/\/jobs\/new$/);
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('page-half-typed');
});

test('logging out ends the session', async ({ inside: page }) => {
  await page.goto('/jobs');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto('/jobs');
  await expect(page).toHaveURL(/\/login/);
});
