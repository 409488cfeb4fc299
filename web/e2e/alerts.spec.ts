// Alerts in forms: a channel that runs a job, a rule, a message that arrives, a mute, and what each role is offered.

import type { Page } from '@playwright/test';
import { expect, test } from './server';

/** Picks options of a field that takes several. */
async function pick(page: Page, field: string, ...options: string[]) {
  const box = page.getByRole('dialog').getByRole('combobox', { name: field });
  await box.click();
  for (const option of options) await page.getByRole('option', { name: option, exact: true }).click();
  await page.keyboard.press('Escape');
}

test('a channel, a rule and a mute are set in forms, and what fails is told', async ({
  inside: page,
  api,
}) => {
  await api.clearAlerts();
  await api.save({ name: 'page-told', shell: { script: 'cat' } });
  await api.save({ name: 'page-fails', shell: { script: 'exit 3' } });

  await page.goto('/alerts');
  await page.getByRole('tab', { name: 'Channels' }).click();
  await expect(page).toHaveURL(/\/alerts\/channels$/);
  await page.getByRole('button', { name: 'Add a channel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('page-hook');
  await dialog.getByLabel('Address').fill('not an address');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Address').fill('http://127.0.0.1:9/hook');
  await dialog.getByRole('textbox', { name: 'Secret' }).fill('a long random text');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const hook = page.locator('[data-item=page-hook]');
  await expect(hook).toContainText('Webhook');

  // A secret is told to be there and never shown; saving the form does not lose it.
  await hook.getByRole('button', { name: 'Change page-hook' }).click();
  await expect(dialog).toContainText('is set, and stays as it is');
  await expect(dialog).not.toContainText('a long random text');
  await dialog.getByLabel('Not more often than').fill('0s');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await hook.getByRole('button', { name: 'Change page-hook' }).click();
  await expect(dialog).toContainText('is set, and stays as it is');
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  // Nobody listens there, and the server says why nothing is sent.
  await hook.getByRole('button', { name: 'Try page-hook' }).click();
  await expect(hook.getByRole('status')).toContainText('page-hook does not work');
  await hook.getByRole('button', { name: 'Remove page-hook' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(hook).toHaveCount(0);

  await page.getByRole('button', { name: 'Add a channel' }).click();
  await dialog.getByLabel('Name').fill('page-repair');
  await dialog.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'A job' }).click();
  await dialog.getByRole('combobox', { name: 'Job' }).fill('page-told');
  await page.getByRole('option', { name: 'page-told' }).click();
  await dialog.getByLabel('Collect for').fill('0s');
  await dialog.getByLabel('Not more often than').fill('0s');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('[data-item=page-repair]').getByRole('button', { name: 'Try page-repair' }).click();
  await expect(page.getByText('page-repair works')).toBeVisible();

  await page.getByRole('tab', { name: 'Rules' }).click();
  await page.getByRole('button', { name: 'Add a rule' }).click();
  await dialog.getByLabel('Name').fill('page-rule');
  await pick(page, 'Tell', 'page-repair');
  await dialog.getByRole('combobox', { name: 'Jobs', exact: true }).fill('page-fails');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[data-item=page-rule]')).toContainText('of job page-fails');

  const failed = await api.run('page-fails');
  await api.runIs(failed, 'failed');
  const told = await api.runOf('page-told', 'succeeded', 60_000);
  expect(told.id).toBeTruthy();
  await page.goto('/alerts?job=page-fails');
  const notice = page.locator('[data-notice]').first();
  await expect(notice).toContainText('Failed');
  await expect(notice.locator('[data-delivery=sent]')).toBeVisible();
  await notice.getByRole('link', { name: 'its run' }).click();
  await expect(page).toHaveURL(new RegExp(failed));

  await page.goto('/alerts/mutes');
  await page.getByRole('button', { name: 'Add a mute' }).click();
  await dialog.getByLabel('Name').fill('page-mute');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByLabel('Why')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Why').fill('the disk is being moved');
  await dialog.getByRole('button', { name: 'For 4 h' }).click();
  await dialog.getByRole('combobox', { name: 'Jobs', exact: true }).fill('page-fails');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[data-item=page-mute]')).toContainText('the disk is being moved, says admin');

  await api.runIs(await api.run('page-fails'), 'failed');
  await page.goto('/alerts?job=page-fails&state=muted');
  await expect(page.locator('[data-delivery=muted]').first()).toBeVisible();
  await expect(page.getByText('A mute keeps alerts back')).toBeVisible();
  await api.clearAlerts();
});

test('who else wrote the rules meanwhile loses nothing, nor does who types', async ({
  inside: page,
  api,
}) => {
  await api.clearAlerts();
  await api.setAlerts('channels', [
    { name: 'page-any', via: { type: 'webhook', url: 'http://127.0.0.1:9/' } },
  ]);
  await page.goto('/alerts/rules');
  await page.getByRole('button', { name: 'Add a rule' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('page-mine');
  await pick(page, 'Tell', 'page-any');
  await api.setAlerts('rules', [{ name: 'page-theirs', on: ['failed'], channels: ['page-any'] }]);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Somebody else changed the alerts meanwhile');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('[data-item=page-theirs]')).toBeVisible();
  await expect(page.locator('[data-item=page-mine]')).toBeVisible();

  // A channel that a rule names stays, with the reason.
  await page.goto('/alerts/channels');
  await page.getByRole('button', { name: 'Remove page-any' }).click();
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('page-any');
  await expect(page.locator('[data-item=page-any]')).toBeVisible();
  await api.clearAlerts();
});

test('a viewer reads and is offered nothing else', async ({ page, api, baseURL, browser }) => {
  await api.clearAlerts();
  await api.setAlerts('channels', [
    { name: 'page-any', via: { type: 'webhook', url: 'http://127.0.0.1:9/' } },
  ]);
  await api.setAlerts('rules', [{ name: 'page-rule', on: ['failed'], channels: ['page-any'] }]);
  await api.save({ name: 'page-looked-at', shell: { script: 'true' } });
  const secret = await api.token('page-viewer', 'viewer');
  const context = await browser.newContext({ baseURL });
  const theirs = await context.newPage();
  await theirs.request.post('/api/v1/session', { data: { token: secret } });
  await theirs.goto('/alerts/rules');
  await expect(theirs.locator('[data-item=page-rule]')).toBeVisible();
  await expect(theirs.getByRole('tab', { name: 'Channels' })).toHaveCount(0);
  await expect(theirs.getByRole('main').getByRole('button')).toHaveCount(0);
  await theirs.goto('/jobs/page-looked-at?tab=revisions');
  await expect(theirs.getByRole('list', { name: 'Revisions' })).toBeVisible();
  for (const name of ['Run now', 'Pause', 'Restore this text']) {
    await expect(theirs.getByRole('button', { name })).toHaveCount(0);
  }
  await theirs.goto('/runs');
  await expect(theirs.getByRole('button', { name: 'All that match' })).toHaveCount(0);
  await expect(theirs.getByRole('button', { name: 'Export', exact: true })).toBeVisible();
  await theirs.goto('/workers');
  await expect(theirs.getByRole('button', { name: /^Drain/ })).toHaveCount(0);
  await context.close();
  await page.close();
  await api.clearAlerts();
});
