// From the login to a run's output by the keyboard alone: a job is made, run and read without a mouse.
//
// Only keys are pressed; what has the focus is asked, never set. Not here: what each shortcut does (`keys.spec`).

import type { Locator, Page } from '@playwright/test';
import { expect, TOKEN, test } from './server';

/** More stops than any page has before what is looked for. */
const STOPS_MAX = 60;
const SCRIPT = 'echo "made without a mouse"';

test('a job is made, run and read by the keyboard alone, from the login on', async ({ page, api }) => {
  await api.remove('page-keyboard');
  await page.goto('/login');
  await tabTo(page, page.getByLabel('Or log in with a token'));
  await page.keyboard.type(TOKEN);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();

  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  await tabTo(page, page.getByRole('link', { name: 'New job' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'New job', level: 1 })).toBeVisible();
  await expect(page.locator('.cm-content')).toBeVisible();

  await tabTo(page, page.getByRole('textbox', { name: 'Name', exact: true }));
  await page.keyboard.type('page-keyboard');
  // The kinds are one stop, and arrows choose.
  await tabTo(page, page.getByRole('radio', { name: 'Shell script' }));
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('combobox', { name: /^Module/ })).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  // The editor lets go of who goes on by Tab.
  await tabTo(page, page.getByRole('textbox', { name: 'Script', exact: true }));
  await page.keyboard.type(SCRIPT);
  await tabTo(page, page.getByRole('textbox', { name: 'Schedule', exact: true }));
  await page.keyboard.type('0 0 1 1 *');
  // Enter saves from any field of one line.
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /page-keyboard/, level: 1 })).toBeVisible();

  // The tabs are one stop too.
  await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
  await page.keyboard.press('ArrowRight');
  await expect(page).toHaveURL(/tab=runs$/);
  await tabTo(page, page.getByRole('button', { name: 'Run now' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/runs\//);
  const log = page.getByRole('log');
  await expect(log).toContainText('made without a mouse');
  await expect(page.locator('[data-follow=complete]')).toBeVisible();

  // Its output is read where it stands, and searched.
  await page.keyboard.press('/');
  await expect(page.getByRole('textbox', { name: 'Search the output' })).toBeFocused();
  await page.keyboard.type('without');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-marked]')).toContainText('made without a mouse');
  await tabTo(page, log);

  // A dialog holds the focus and gives it back.
  await tabTo(page, page.getByRole('button', { name: /^Account/ }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Password and tokens' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Account/ })).toBeFocused();
});

/** Presses Tab until this has the focus, as one does who looks where it goes. */
async function tabTo(page: Page, wanted: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  await expect(wanted).toBeAttached();
  for (let stops = 0; stops < STOPS_MAX; stops += 1) {
    await page.keyboard.press(key);
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`${wanted} has no focus after ${STOPS_MAX} times ${key}`);
}
