// The editor of scripts, and the ways in which a job comes into the form: a line of a crontab, a dropped script, a dropped
// module.

import type { Page } from '@playwright/test';
import { helloModule } from './hello-module';
import { expect, test } from './server';

const script = (page: Page) => page.getByRole('textbox', { name: 'Script', exact: true });

/** Drops a file on the form, as a hand would. */
async function drop(page: Page, name: string, content: Buffer) {
  const data = await page.evaluateHandle(
    ([file, bytes]) => {
      const transfer = new DataTransfer();
      const raw = Uint8Array.from(atob(bytes ?? ''), (one) => one.charCodeAt(0));
      transfer.items.add(new File([raw], file ?? ''));
      return transfer;
    },
    [name, content.toString('base64')],
  );
  const form = page.getByRole('form', { name: /job$/ });
  await form.dispatchEvent('dragover', { dataTransfer: data });
  await form.dispatchEvent('drop', { dataTransfer: data });
}

test('a script is edited with numbers and colours, and saved as it was typed', async ({
  inside: page,
  api,
}) => {
  const text = 'set -eu\nfor f in /etc/host*; do\n\techo "$f" # a comment\ndone\n';
  await api.save({ name: 'page-editor', shell: { script: text } });
  await page.goto('/jobs/page-editor/edit');
  await expect(page.locator('.cm-lineNumbers')).toBeVisible();
  await expect(page.locator('.tok-comment')).toHaveText('# a comment');
  await script(page).click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type('echo typed');
  // The keyboard is not caught: Tab leads on.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'Run as' })).toBeFocused();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-editor$/);
  expect((await api.job('page-editor')).shell.script).toBe(`${text}echo typed`);
});

test('a line of a crontab fills the form', async ({ inside: page, api }) => {
  await api.remove('page-crontab');
  await page.goto('/jobs/new');
  await page.getByRole('button', { name: 'Paste a crontab line' }).click();
  await page.getByRole('textbox', { name: 'Line' }).fill('30 2 * *');
  await page.getByRole('button', { name: 'Take it' }).click();
  await expect(page.getByText('It needs five fields')).toBeVisible();
  await page
    .getByRole('textbox', { name: 'Line' })
    .fill('CRON_TZ=Europe/Berlin\nREGION=eu\n30 2 * * 1-5 echo "$REGION"; cat%first%second');
  await page.getByRole('button', { name: 'Take it' }).click();
  await expect(page.getByRole('textbox', { name: 'Schedule', exact: true })).toHaveValue('30 2 * * 1-5');
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('page-crontab');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-crontab$/);
  const { shell, timezone } = await api.job('page-crontab');
  expect(timezone).toBe('Europe/Berlin');
  expect(shell).toMatchObject({
    script: 'echo "$REGION"; cat\n',
    stdin: 'first\nsecond\n',
    interpreter: ['/bin/sh'],
    env: { REGION: 'eu' },
  });
});

test('a dropped script becomes the script, run by what it names', async ({ inside: page, api }) => {
  await api.remove('page-dropped');
  await page.goto('/jobs/new');
  await expect(page.locator('.cm-lineNumbers')).toBeVisible();
  await drop(page, 'Page dropped.sh', Buffer.from('#!/bin/bash -eu\necho dropped\n'));
  await expect(script(page)).toContainText('echo dropped');
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('page-dropped');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('@daily');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-dropped$/);
  expect((await api.job('page-dropped')).shell.interpreter).toEqual(['/bin/bash', '-eu']);

  // What is no text is not taken for one.
  await page.goto('/jobs/page-dropped/edit');
  await drop(page, 'program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]));
  await expect(page.getByText('It is no text')).toBeVisible();
});

test('a dropped module is uploaded and chosen', async ({ inside: page, api }) => {
  await api.remove('page-dropped-module');
  await page.goto('/jobs/new');
  await drop(page, 'page-dropped-module.wasm', helloModule('hello from a drop\n'));
  await expect(page.getByRole('combobox', { name: 'Module' })).toHaveValue(/page-dropped-module\.wasm/);
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('@daily');
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page).toHaveURL(/\/jobs\/page-dropped-module$/);
  await page.getByRole('button', { name: 'Run now' }).click();
  await expect(page.getByRole('log')).toContainText('hello from a drop');
});
