// The table of jobs: views in the address, every column sorts, many at once after the server said how many, thousands smooth.

import { type Api, expect, test } from './server';

const QUIET = { shell: { script: 'true' } };
/** So many that a table which drew all of them would stand still; to make ten thousand takes two minutes. */
const MANY = Number(process.env.SANDGLASS_TEST_JOBS ?? 3000);
/** The same as the page writes it. */
const SHOWN = String(MANY)
  .replace(/(?=(...)+$)/g, '.?')
  .replace(/^\.\?/, '');
const AT_ONCE = 24;

const names = (page: import('@playwright/test').Page) =>
  page.locator('[data-job]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-job')));

async function each(all: string[], act: (name: string) => Promise<unknown>) {
  const left = [...all];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) await act(name);
    }),
  );
}

async function saveFew(api: Api) {
  const label = (team: string) => ({ labels: { team, of: 'page-list' } });
  await api.save({ name: 'page-list-a', schedule: '0 4 * * *', enabled: true, ...label('web'), ...QUIET });
  await api.save({ name: 'page-list-b', schedule: '0 0 1 1 *', enabled: true, ...label('data'), ...QUIET });
  await api.save({
    name: 'page-list-c',
    schedule: '@hourly',
    description: 'of Ada',
    ...label('data'),
    ...QUIET,
  });
}

test('filters, groups and order stand in the address and come back from it', async ({
  inside: page,
  api,
}) => {
  await saveFew(api);
  await page.goto('/jobs?q=page-list-');
  await expect(page.locator('[data-job]')).toHaveCount(3);

  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'Disabled' }).click();
  await expect(page).toHaveURL(/state=disabled/);
  await expect.poll(() => names(page)).toEqual(['page-list-c']);
  await page.goto('/jobs?label=of:page-list,team:data&group=team&sort=-name');
  await expect.poll(() => names(page)).toEqual(['page-list-c', 'page-list-b']);
  await expect(page.locator('[data-group=data]')).toContainText('team: data');

  await page.goto('/jobs?label=of:page-list&group=team');
  await expect(page.locator('[data-group]')).toHaveCount(2);
  await page
    .locator('[data-group=data]')
    .getByRole('button', { name: /team: data/ })
    .click();
  await expect.poll(() => names(page)).toEqual(['page-list-a']);
  await page.reload();
  await expect(page.locator('[data-job]')).toHaveCount(3);
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await expect(page).toHaveURL(/\/jobs\?group=team$/);
});

test('every column sorts, both ways', async ({ inside: page, api }) => {
  await saveFew(api);
  await api.runIs(await api.run('page-list-b'), 'succeeded');
  await api.edit('page-list-a', { shell: { script: 'exit 1' } });
  await api.runIs(await api.run('page-list-a'), 'failed');
  await page.goto('/jobs?q=page-list-');
  await expect(page.locator('[data-job]')).toHaveCount(3);
  const table = page.getByRole('table', { name: 'Jobs' });
  const order = async () => (await names(page)).map((name) => name?.slice(-1)).join('');
  for (const [column, up, down] of [
    ['Next run', 'abc', 'bac'],
    ['Last runs', 'abc', 'bac'],
    ['On', 'abc', 'cab'],
    ['Labels', 'bca', 'abc'],
    ['Name', 'abc', 'cba'],
    ['Kind', 'abc', 'abc'],
    ['Schedule', 'bac', 'cab'],
  ] as const) {
    const button = table.getByRole('button', { name: column, exact: true });
    const head = table.getByRole('columnheader').filter({
      has: page.getByRole('button', { name: column, exact: true }),
    });
    await button.click();
    await expect(head).toHaveAttribute('aria-sort', 'ascending');
    await expect.poll(order, { message: column }).toBe(up);
    await button.click();
    await expect(head).toHaveAttribute('aria-sort', 'descending');
    await expect.poll(order, { message: `${column}, down` }).toBe(down);
  }
  await expect(page).toHaveURL(/sort=-schedule/);
});

test('the page says whether what it shows is live', async ({ inside: page, context }) => {
  await context.route('**/api/v1/events', (route) => route.abort());
  await page.goto('/jobs');
  const mark = page.getByRole('main').locator('[data-live]');
  await expect(mark).toHaveAttribute('data-live', 'waiting');
  await expect(mark).toContainText('reconnecting');
  await context.unroute('**/api/v1/events');
  await expect(mark).toHaveAttribute('data-live', 'open');
});

test('a switch in the row enables and disables, and what others do shows by itself', async ({
  inside: page,
  api,
}) => {
  await api.save({ name: 'page-switch', ...QUIET });
  await page.goto('/jobs?q=page-switch');
  const row = page.locator('[data-job=page-switch]');
  await expect(row).toContainText('Disabled');
  await row.getByRole('switch').check();
  await expect(row).not.toContainText('Disabled');
  expect((await api.job('page-switch')).enabled).toBe(true);

  await api.pause('page-switch');
  await expect(row).toContainText('Paused', { timeout: 5000 });
  await api.remove('page-switch');
  await expect(row).toHaveCount(0, { timeout: 5000 });
});

test('a job is copied in the row, disabled, and its name is checked', async ({ inside: page, api }) => {
  await api.remove('page-twin');
  await api.save({ name: 'page-original', enabled: true, shell: { script: 'echo twin' } });
  await page.goto('/jobs?q=page-original');
  await page.getByRole('button', { name: 'More for page-original' }).click();
  await page.getByRole('menuitem', { name: 'Copy' }).click();
  const dialog = page.getByRole('dialog', { name: 'Copy page-original' });
  await dialog.getByLabel('Name of the copy').fill('page original');
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(dialog.getByLabel('Name of the copy')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Name of the copy').fill('page-twin');
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page).toHaveURL(/\/jobs\/page-twin\/edit$/);
  expect(await api.job('page-twin')).toMatchObject({ enabled: false, shell: { script: 'echo twin' } });
  await api.remove('page-twin');
});

test('many jobs are run, paused, resumed and deleted after the server said how many', async ({
  inside: page,
  api,
}) => {
  const all = Array.from({ length: 12 }, (_, at) => `page-bulk-${at}`);
  await each(all, (name) => api.save({ name, enabled: true, ...QUIET }));
  await page.goto('/jobs?q=page-bulk-');
  await expect(page.locator('[data-job]')).toHaveCount(12);
  await page.getByRole('checkbox', { name: 'Choose page-bulk-0' }).check();
  await page.getByRole('checkbox', { name: 'Choose page-bulk-10' }).click({ modifiers: ['Shift'] });
  const bar = page.getByRole('region', { name: 'Chosen jobs' });
  // By name: 0, 1, 10.
  await expect(bar).toContainText('3 jobs chosen');
  await page.getByRole('checkbox', { name: /^Choose all/ }).check();
  await expect(bar).toContainText('12 jobs chosen');

  await bar.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.locator('[data-bulk-count]')).toHaveAttribute('data-bulk-count', '12');
  await expect(dialog).toContainText('and 7 more');
  await dialog.getByLabel('Why').fill('the disk is changed');
  await dialog.getByRole('button', { name: 'Pause 12 jobs' }).click();
  await expect(page.locator('[data-job]').getByText('Paused', { exact: true })).toHaveCount(12);
  await expect(bar).toHaveCount(0);

  // Of what was chosen, one is gone when it comes to it: the others are done, and nothing else is.
  await page.getByRole('checkbox', { name: /^Choose all/ }).check();
  await bar.getByRole('button', { name: 'Resume' }).click();
  await expect(dialog).toContainText('Resume 12 jobs');
  await api.remove('page-bulk-3');
  await dialog.getByRole('button', { name: 'Resume 12 jobs' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'page-bulk-3' })).toBeVisible();
  await expect(page.locator('[data-job]')).toHaveCount(11);

  await bar.getByRole('button', { name: 'Resume' }).click();
  await dialog.getByRole('button', { name: 'Resume 11 jobs' }).click();
  await expect(page.locator('[data-job]').getByText('Paused', { exact: true })).toHaveCount(0);

  await page.getByRole('checkbox', { name: /^Choose all/ }).check();
  await bar.getByRole('button', { name: 'Run' }).click();
  await dialog.getByRole('button', { name: 'Run 11 jobs' }).click();
  for (const name of ['page-bulk-0', 'page-bulk-11']) {
    await expect(
      page
        .locator(`[data-job=${name}]`)
        .getByRole('link', { name: /^Succeeded/ })
        .first(),
    ).toBeVisible();
  }

  await page.getByRole('checkbox', { name: /^Choose all/ }).check();
  await bar.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const yes = dialog.getByRole('button', { name: 'Delete 11 jobs' });
  await expect(yes).toBeDisabled();
  await dialog.getByLabel('Type 11 to delete them').fill('11');
  await yes.click();
  await expect(page.getByRole('heading', { name: 'No job matches' })).toBeVisible();
});

test('thousands of jobs are searched, scrolled and sorted without a wait', async ({ inside: page, api }) => {
  test.slow();
  const all = Array.from({ length: MANY }, (_, at) => `page-many-${String(at).padStart(5, '0')}`);
  await each(all, (name) => api.make({ name, schedule: '0 0 1 1 *', enabled: false, ...QUIET }));
  await page.goto('/jobs?q=page-many-');
  await expect(page.getByText(new RegExp(`${SHOWN} of`))).toBeVisible({ timeout: 120_000 });

  const rows = page.locator('[data-job]');
  expect(await rows.count()).toBeLessThan(80);
  await expect(page.getByRole('table', { name: 'Jobs' })).toHaveAttribute('aria-rowcount', String(MANY + 1));
  const began = Date.now();
  await page.getByRole('table').getByRole('button', { name: 'Name', exact: true }).click();
  await expect(rows.first()).toHaveAttribute('data-job', String(all.at(-1)));
  expect(Date.now() - began).toBeLessThan(3000);

  // A scroll through all of it in steps: each frame in time, rows at every place.
  const frames = await page.evaluate(async () => {
    const slow: number[] = [];
    const height = document.documentElement.scrollHeight;
    let last = performance.now();
    for (let step = 1; step <= 60; step += 1) {
      window.scrollTo(0, (height * step) / 60);
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const now = performance.now();
      slow.push(now - last);
      last = now;
    }
    return slow.sort((a, b) => a - b);
  });
  expect(frames[Math.floor(frames.length / 2)]).toBeLessThan(150);
  await expect(page.locator('[data-job=page-many-00000]')).toBeVisible();

  await page.getByRole('searchbox', { name: /Search jobs/ }).fill('page-many-02345');
  await expect(rows).toHaveCount(1);
  await page.getByRole('searchbox', { name: /Search jobs/ }).fill('page-many-');
  await page.getByRole('checkbox', { name: /^Choose all/ }).check();
  await page.getByRole('region', { name: 'Chosen jobs' }).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(`Type ${MANY} to delete them`).fill(String(MANY));
  await dialog.getByRole('button', { name: new RegExp(`^Delete ${SHOWN} jobs`) }).click();
  await expect(page.getByText(/Deleted .* so far/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No job matches' })).toBeVisible({ timeout: 60_000 });
});
