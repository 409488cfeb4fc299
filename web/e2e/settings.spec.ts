// What holds for all masters, on the page: set, seen in force, back to the configuration, and two admins at one time.
//
// Not here: that masters do as they are told (`master/tests/settings.rs`), but for the length of a session.

import type { Page } from '@playwright/test';
import { expect, TOKEN, test } from './server';

const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const row = (page: Page, name: string) => page.locator(`[data-setting=${name}]`);
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();

test.beforeEach(({ api }) => api.setSettings({}));
test.afterEach(({ api }) => api.setSettings({}));

test('an admin changes the length of a session, sees it in force, and resets it', async ({
  inside: page,
  api,
}) => {
  await page.goto('/users');
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  const session = row(page, 'session_ttl');
  const length = field(page, 'Length of a session');
  await expect(session.locator('[data-source=configured]')).toBeVisible();
  const configured = await session.locator('[data-in-force]').innerText();
  expect(configured).not.toBe('2 h');
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();

  await length.fill('2h');
  await expect(session).toContainText('not saved yet');
  await save(page);
  await expect(page.getByText('The settings are saved')).toBeVisible();
  await expect(session.locator('[data-source=set]')).toHaveText('set here');
  await expect(session.locator('[data-in-force]')).toHaveText('2 h');
  await expect(session).not.toContainText('not saved yet');
  expect(await api.settings()).toEqual({ session_ttl: '2h' });
  // Who logs in from now on stays so for as long.
  const login = await page.request.post('/api/v1/session', { data: { token: TOKEN } });
  expect(login.headers()['set-cookie']).toContain('Max-Age=7200');

  await page.reload();
  await expect(length).toHaveValue('2h');
  await session.getByRole('button', { name: 'As configured: Length of a session' }).click();
  await expect(length).toBeFocused();
  await expect(length).toHaveValue('');
  await save(page);
  await expect(session.locator('[data-source=configured]')).toBeVisible();
  await expect(session.locator('[data-in-force]')).toHaveText(configured);
  expect(await api.settings()).toEqual({});
});

test('what is wrong is said at its field, and what is typed is not lost', async ({ inside: page, api }) => {
  await page.goto('/settings');
  const length = field(page, 'Length of a session');
  const audit = field(page, 'Audit and alerts');
  await length.fill('1s');
  await audit.fill('9999');
  await save(page);
  await expect(page.getByRole('alert')).toContainText('2 things need a change at their fields');
  await expect(length).toHaveAttribute('aria-invalid', 'true');
  await expect(audit).toHaveAttribute('aria-invalid', 'true');
  await expect(length).toBeFocused();
  await expect(row(page, 'audit_days')).toContainText('Must be 1 to 3650');

  // What the server cannot even read has its field too.
  await audit.fill('');
  await length.fill('soon');
  await save(page);
  await expect(row(page, 'session_ttl')).toContainText('Must be a length of time');
  await expect(row(page, 'session_ttl')).not.toContainText('column');
  await expect(audit).not.toHaveAttribute('aria-invalid', 'true');

  await page.getByRole('link', { name: 'Runs' }).click();
  const leave = page.getByRole('dialog', { name: 'Leave without saving?' });
  await leave.getByRole('button', { name: 'Cancel' }).click();
  await expect(length).toHaveValue('soon');
  await page.getByRole('button', { name: 'Discard my changes' }).click();
  await expect(length).toHaveValue('');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.getByRole('link', { name: 'Runs' }).click();
  await expect(page).toHaveURL(/\/runs$/);
  expect(await api.settings()).toEqual({});
});

test('what would be kept for shorter is asked first', async ({ inside: page, api }) => {
  await page.goto('/settings');
  const kept = row(page, 'audit_days');
  const before = await kept.locator('[data-in-force]').innerText();
  await field(page, 'Audit and alerts').fill('30');
  await save(page);
  const dialog = page.getByRole('dialog', { name: 'Keep things for shorter?' });
  await expect(dialog.locator('del')).toHaveText(before);
  await expect(dialog.locator('ins')).toHaveText('30 days');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toHaveCount(0);
  expect(await api.settings()).toEqual({});
  await save(page);
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(kept.locator('[data-in-force]')).toHaveText('30 days');
  expect(await api.settings()).toEqual({ audit_days: 30 });
});

test('an admin is told what another one set meanwhile, and chooses', async ({
  inside: page,
  api,
  browser,
  baseURL,
}) => {
  await api.setSettings({ session_ttl: '12h' });
  await page.goto('/settings');
  const length = field(page, 'Length of a session');
  await expect(length).toHaveValue('12h');
  await length.fill('3h');

  const login = await api.user('page-mona', 'admin');
  const context = await browser.newContext({ baseURL });
  const theirs = await context.newPage();
  await theirs.request.post('/api/v1/session', { data: { login_token: login } });
  await theirs.goto('/settings');
  await field(theirs, 'Audit and alerts').fill('500');
  await save(theirs);
  await expect(row(theirs, 'audit_days').locator('[data-source=set]')).toBeVisible();
  await context.close();

  await save(page);
  const dialog = page.getByRole('dialog', { name: 'Somebody else changed the settings meanwhile' });
  await expect(dialog.locator('[data-change-by]')).toHaveCount(1);
  await expect(dialog.locator('[data-change-by]')).toContainText('page-mona changed them at 20');
  const set = dialog.getByRole('region', { name: 'What they changed' });
  await expect(set.getByRole('region')).toHaveCount(1);
  await expect(set.getByRole('region', { name: 'Audit and alerts' })).toContainText('500 days');
  const would = dialog.getByRole('region', { name: 'What yours would change in theirs' });
  await expect(would.getByRole('region', { name: 'Length of a session' }).locator('del')).toHaveText('12 h');
  await expect(would.getByRole('region', { name: 'Length of a session' }).locator('ins')).toHaveText('3 h');
  await dialog.getByRole('button', { name: 'Put my changes on theirs' }).click();
  await expect(field(page, 'Audit and alerts')).toHaveValue('500');
  await expect(length).toHaveValue('3h');
  await save(page);
  await expect(row(page, 'session_ttl').locator('[data-in-force]')).toHaveText('3 h');
  expect(await api.settings()).toEqual({ session_ttl: '3h', audit_days: 500 });

  await length.fill('4h');
  await api.setSettings({ session_ttl: '5h' });
  await save(page);
  await dialog.getByRole('button', { name: 'Load theirs, lose mine' }).click();
  await expect(length).toHaveValue('5h');
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();

  await length.fill('4h');
  await api.setSettings({ session_ttl: '6h' });
  await save(page);
  await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();
  await expect(row(page, 'session_ttl').locator('[data-in-force]')).toHaveText('4 h');
  expect(await api.settings()).toEqual({ session_ttl: '4h' });

  // While nothing is typed, the page shows what others set by itself.
  await api.setSettings({ session_ttl: '8h' });
  await expect(length).toHaveValue('8h');
});

test('keys and the palette lead there; others than admins are told whose it is', async ({
  inside: page,
  api,
  browser,
  baseURL,
}) => {
  await page.goto('/workers');
  await expect(page.getByRole('link', { name: 'Settings', exact: true })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page).toHaveURL(/\/settings$/);
  await page.goto('/workers');
  await expect(page.getByRole('link', { name: 'Settings', exact: true })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a job or a page' }).fill('setti');
  await page.getByRole('button', { name: 'Settings' }).click();
  await expect(page).toHaveURL(/\/settings$/);

  const secret = await api.token('page-settings', 'editor');
  const context = await browser.newContext({ baseURL });
  const theirs = await context.newPage();
  await theirs.request.post('/api/v1/session', { data: { token: secret } });
  await theirs.goto('/settings');
  await expect(theirs.getByRole('heading', { name: 'The settings are for admins' })).toBeVisible();
  await expect(theirs.getByRole('main')).toContainText('whose role is editor');
  await expect(theirs.getByRole('main').getByRole('textbox')).toHaveCount(0);
  await expect(theirs.getByRole('link', { name: 'Settings', exact: true })).toHaveCount(0);
  await context.close();
});
