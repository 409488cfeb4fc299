// A picture of every page, to be looked at: web/test-results/screens/.

import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { helloModule } from './hello-module';
import { counting, expect, test } from './server';

const FOLDER = fileURLToPath(new URL('../test-results/screens/', import.meta.url));

async function picture(page: Page, name: string, path: string, ready: () => Promise<unknown>) {
  await page.goto(path);
  await ready();
  await page.screenshot({ path: `${FOLDER}${name}.png` });
}

test('every page has its picture', async ({ inside: page, api, browser, baseURL }) => {
  const digest = await api.upload('hello.wasm', helloModule('hello from a module\n'));
  await api.save({
    name: 'page-pictures',
    description: 'writes a line a second',
    enabled: true,
    schedule: '15 * * * *',
    shell: { script: counting(20) },
    limits: { timeout: '1m' },
  });
  await api.save({ name: 'page-pictures-wasm', description: 'says hello', wasm: { module: digest } });
  const wasm = await api.run('page-pictures-wasm');
  await api.runIs(wasm, 'succeeded');
  const running = await api.run('page-pictures');
  await api.runIs(running, 'running');
  const heading = (name: string | RegExp) => () =>
    expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();

  await picture(page, 'home', '/', () => expect(page.locator(`[data-running="${running}"]`)).toBeVisible());
  await picture(page, 'jobs', '/jobs', () => expect(page.locator('[data-job]').first()).toBeVisible());
  await picture(page, 'job', '/jobs/page-pictures', () =>
    expect(page.locator('[data-run]').first()).toBeVisible(),
  );
  await api.edit('page-pictures', { shell: { script: counting(21) } });
  await picture(page, 'job-revisions', '/jobs/page-pictures?tab=revisions', () =>
    expect(page.locator('[data-change]').first()).toBeVisible(),
  );
  await picture(page, 'new-job', '/jobs/new', heading('New job'));
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('30 25 * * *');
  await page.getByText(/\^/).scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${FOLDER}new-job-typo.png` });
  // Nothing is to be kept of it.
  page.on('dialog', (dialog) => void dialog.accept());
  await picture(page, 'edit-job', '/jobs/page-pictures-wasm/edit', heading(/^Edit/));
  await picture(page, 'runs', '/runs', () => expect(page.locator(`[data-run="${running}"]`)).toBeVisible());
  await picture(page, 'run-live', `/runs/${running}`, () =>
    expect(page.getByRole('log')).toContainText('line 3'),
  );
  await picture(page, 'run', `/runs/${wasm}`, () =>
    expect(page.locator('[data-follow=complete]')).toBeVisible(),
  );
  await picture(page, 'modules', '/modules', () =>
    expect(page.locator('[data-module]').first()).toBeVisible(),
  );
  await picture(page, 'upcoming', '/upcoming', () =>
    expect(page.locator('[data-tick]').first()).toBeVisible(),
  );
  for (const tab of ['', '/mutes', '/rules', '/channels']) {
    await picture(page, `alerts${tab.replace('/', '-')}`, `/alerts${tab}`, heading('Alerts'));
  }
  await picture(page, 'workers', '/workers', heading('Workers'));
  await picture(page, 'settings', '/settings', () =>
    expect(page.locator('[data-setting]').first()).toBeVisible(),
  );

  const stranger = await (await browser.newContext({ baseURL })).newPage();
  await picture(stranger, 'login', '/login', () =>
    expect(stranger.getByLabel('Or log in with a token')).toBeVisible(),
  );
});
