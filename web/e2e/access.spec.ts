// Every page, as those use it who do not see colours, who listen, and who hold a telephone: axe finds nothing in light and
// dark, and at 390 px nothing but a table within its own box goes sideways.
//
// The watch in `server.ts` fails these tests when a page asks anything of another origin, or breaks the
// Content-Security-Policy. Not here: the ways of the keyboard (`keyboard.spec`, `keys.spec`).

import type { Page } from '@playwright/test';
import { faults } from './axe';
import { helloModule } from './hello-module';
import { type Api, counting, expect, TOKEN, test } from './server';

const NARROW = { width: 390, height: 800 };
const WIDE = { width: 1280, height: 800 };
/** What Swagger UI draws is its makers' own: its grey on grey, and lists and menus without names. */
const SWAGGER = '.swagger-ui';
/** The rules of axe that a colour can break. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];
const COLOURS = [30, 31, 32, 33, 34, 35, 36, 37, 90].map((code) => `\\033[${code}mcolour ${code}\\033[0m\\n`);
const softly = expect.configure({ soft: true });

test.use({ reducedMotion: 'reduce' });
// Axe looks at each page twice, and a busy machine takes its time.
test.describe.configure({ timeout: 300_000 });

test('login and a page that is not there', async ({ page }) => {
  await page.goto('/login');
  await expect(page.getByLabel('Or log in with a token')).toBeVisible();
  await isSound(page);
  await page.getByLabel('Or log in with a token').fill('not-a-token');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('Not let in');
  await isSound(page);

  await page.request.post('/api/v1/session', { data: { token: TOKEN } });
  await visit(page, '/nowhere', 'Not found');
});

test('jobs, one job with its tabs, and its runs', async ({ inside: page, api }) => {
  const { running, failed } = await someRuns(api);
  await visit(page, '/', 'Home', `[data-running="${running}"]`);
  await visit(page, '/jobs', 'Jobs', '[data-job=page-access]');
  await page.locator('[data-job=page-access]').getByRole('checkbox').check();
  await isSound(page);
  const of = (tab: string) => `/jobs/page-access?tab=${tab}`;
  await visit(page, '/jobs/page-access', /page-access/, '[data-run]');
  await visit(page, of('runs'), /page-access/, `[data-run="${failed}"]`);
  await visit(page, of('ticks'), /page-access/);
  await visit(page, of('revisions'), /page-access/, '[data-change]');
  await visit(page, of('definition'), /page-access/, 'pre, code');
  await visit(page, '/jobs/page-access-gone', /page-access-gone/, '[role=alert]');
  await visit(page, '/runs', 'Runs', `[data-run="${failed}"]`);
  await visit(page, `/runs/${failed}`, /page-access/, '[data-follow=complete]');
  await page.getByRole('textbox', { name: 'Search the output' }).fill('colour 3');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-marked]')).toBeVisible();
  await isSound(page);
  await visit(page, `/runs/${running}`, /page-access-long/, '[role=log] [data-stream]');
  await visit(page, '/upcoming', 'Upcoming', '[data-tick]');
  await api.kill('page-access-long');
});

test('the forms of jobs', async ({ inside: page, api }) => {
  await api.save({ name: 'page-access', shell: { script: 'echo hello' } });
  await visit(page, '/jobs/new', 'New job', '.cm-content');
  await page.getByRole('textbox', { name: 'Schedule', exact: true }).fill('30 25 * * *');
  await expect(page.getByText(/\^/)).toBeVisible();
  await page.getByRole('button', { name: 'Make the job' }).click();
  await expect(page.getByText('It was not saved')).toBeVisible();
  await isSound(page);
  await page.getByText('WASI module', { exact: true }).click();
  await expect(page.getByRole('combobox', { name: /^Module/ })).toBeVisible();
  await isSound(page);
  page.on('dialog', (dialog) => void dialog.accept());
  await visit(page, '/jobs/page-access/edit', 'Edit page-access', '.cm-content');
});

test('modules, workers and alerts', async ({ inside: page, api }) => {
  await api.upload('hello.wasm', helloModule('hello from a module\n'));
  await visit(page, '/modules', 'Modules', '[data-module]');
  await visit(page, '/workers', 'Workers', '[data-heartbeat]');

  await api.clearAlerts();
  const via = { type: 'webhook', url: 'http://127.0.0.1:9/' };
  await api.setAlerts('channels', [{ name: 'page-access', via }]);
  await api.setAlerts('rules', [{ name: 'page-access', on: ['failed'], channels: ['page-access'] }]);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await api.setAlerts('mutes', [
    { name: 'page-access', only: { jobs: ['page-nothing'] }, until, reason: 'a move' },
  ]);
  await visit(page, '/alerts', 'Alerts');
  for (const tab of ['mutes', 'rules', 'channels']) {
    await visit(page, `/alerts/${tab}`, 'Alerts', '[data-item=page-access]');
  }
  await page.getByRole('button', { name: 'Add a channel' }).click();
  await expect(page.getByRole('dialog').getByLabel('Address')).toBeVisible();
  await isSound(page);
  await api.clearAlerts();
});

test('users, the audit, the settings, the own account, and the interface', async ({ inside: page, api }) => {
  await api.token('page-access', 'viewer');
  await visit(page, '/users', 'Users', 'table');
  await visit(page, '/audit', 'Audit', 'table');
  await visit(page, '/settings', 'Settings', '[data-setting=ranges_days]');
  await page.getByRole('textbox', { name: 'Length of a session', exact: true }).fill('1s');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('It was not saved');
  await isSound(page);
  await page.getByRole('button', { name: 'Discard my changes' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await visit(page, '/account', 'Your account', 'table');
  await visit(page, '/docs', 'Interface', '.opblock', SWAGGER);
});

test('what opens above a page', async ({ inside: page, api }) => {
  await api.save({ name: 'page-access', shell: { script: 'echo hello' } });
  await page.goto('/workers');
  await expect(page.getByRole('heading', { name: 'Workers', level: 1 })).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a job or a page' }).fill('page-access');
  await expect(page.getByRole('button', { name: 'Run page-access now' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Account/ }).click();
  await expect(page.getByRole('menuitem', { name: 'Log out' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');

  await page.goto('/jobs/page-access');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Pause page-access?' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'More to do with page-access' }).click();
  await expect(page.getByRole('menuitem', { name: 'Delete' })).toBeVisible();
  await isSound(page);
  await page.getByRole('menuitem', { name: 'Run once with changes' }).click();
  await expect(page.getByRole('dialog', { name: 'Run page-access once with changes' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'More to do with page-access' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog', { name: 'Delete page-access?' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');
  await page.goto('/jobs?q=page-access');
  await page.getByRole('button', { name: 'More for page-access', exact: true }).click();
  await expect(page.getByRole('main').getByRole('menuitem', { name: 'Its runs', exact: true })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');
  // A list that opens stands among what its field stands among: in the page, in a table, in a dialog.
  await page.goto('/runs');
  await page.getByRole('combobox', { name: 'Trigger' }).click();
  await expect(page.getByRole('main').getByRole('option', { name: 'Manual' })).toBeInViewport();
  await isSound(page);
  await page.keyboard.press('Escape');
  await page.goto('/users');
  await page.getByRole('combobox', { name: /^Role of admin/ }).click();
  await expect(page.getByRole('main').getByRole('option', { name: /^viewer/ })).toBeInViewport();
  await isSound(page);
  await page.keyboard.press('Escape');
  await page.goto('/alerts/channels');
  await page.getByRole('button', { name: 'Add a channel' }).click();
  await page.getByRole('dialog').getByRole('combobox').first().click();
  await expect(page.getByRole('dialog').getByRole('option').first()).toBeInViewport();
  await isSound(page);

  await page.goto('/runs');
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('menuitem', { name: 'As CSV' })).toBeVisible();
  await isSound(page);
  await page.keyboard.press('Escape');

  await page.setViewportSize(NARROW);
  await page.getByRole('button', { name: 'Open the menu' }).click();
  await expect(page.getByRole('link', { name: 'Upcoming' })).toBeVisible();
  expect(await faults(page)).toEqual([]);
});

/** Goes to a page, waits until it stands, and looks at it. */
async function visit(page: Page, path: string, heading: string | RegExp, ready?: string, without?: string) {
  await test.step(path, async () => {
    await page.goto(path);
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
    if (ready) await expect(page.locator(ready).first()).toBeVisible();
    await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
    await isSound(page, without);
  });
}

/** Looks at a page as it stands: wide in both colours, then narrow. All that is found is told, not the first alone. */
async function isSound(page: Page, without?: string) {
  const where = new URL(page.url()).pathname + new URL(page.url()).search;
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    // Roles, names and headings are the same in the dark.
    const rules = colorScheme === 'dark' ? OF_COLOURS : undefined;
    softly(await faults(page, { without, rules }), `${where} in ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize(NARROW);
  // The shell moves aside first.
  await softly.poll(() => wider(page), { message: `${where} goes sideways`, timeout: 5_000 }).toEqual([]);
  await page.setViewportSize(WIDE);
}

/** Returns what reaches beyond the right edge when the page itself scrolls sideways. */
function wider(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const beyond = [...document.querySelectorAll('main *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return [`${scrollWidth} px`, ...beyond.slice(0, 5).map(({ outerHTML }) => outerHTML.slice(0, 160))];
  });
}

/** Makes a job that failed in all colours, with two texts, and one that goes on. */
async function someRuns(api: Api): Promise<{ running: string; failed: string }> {
  const script = `printf '${COLOURS.join('')}'\necho oh >&2\nexit 3\n`;
  await api.remove('page-access-gone');
  await api.save({ name: 'page-access-long', description: 'goes on', shell: { script: counting(60) } });
  await api.save({ name: 'page-access', labels: { team: 'page' }, shell: { script: 'true' } });
  await api.runIs(await api.run('page-access'), 'succeeded');
  await api.edit('page-access', { enabled: true, schedule: '15 * * * *', shell: { script } });
  const failed = await api.run('page-access');
  await api.runIs(failed, 'failed');
  await api.pause('page-access');
  const running = await api.run('page-access-long');
  await api.runIs(running, 'running');
  return { running, failed };
}
