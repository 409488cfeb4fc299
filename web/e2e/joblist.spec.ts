// The table of jobs: views in the address, every column sorts, many at once after the server said how many, thousands smooth.

import { type Api, expect, TOKEN, test } from './server';

const QUIET = { shell: { script: 'true' } };
/** So many that a table which drew all of them would stand still. */
const MANY = 10_000;
/** More rows than a window shows, with those above and below it that are ready. */
const ROWS_MAX = 80;
/** More stops of the keyboard than the rows have that are walked. */
const STOPS_MAX = 80;
/** The same as the page writes it. */
const SHOWN = String(MANY)
  .replace(/(?=(...)+$)/g, '.?')
  .replace(/^\.\?/, '');
const AT_ONCE = 64;

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

test('ten thousand jobs are searched, sorted, scrolled and walked by keyboard, and few rows are drawn', async ({
  inside: page,
  baseURL,
}) => {
  // Most of the time is the server's, which makes and deletes them one by one.
  test.setTimeout(600_000);
  const all = Array.from({ length: MANY }, (_, at) => `page-many-${String(at).padStart(5, '0')}`);
  const at = (place: number) => String(all.at(place));
  await each(all, (name) => make(String(baseURL), name));
  await page.goto('/jobs?q=page-many-');
  await expect(page.getByText(new RegExp(`${SHOWN} of`))).toBeVisible({ timeout: 120_000 });

  const table = page.getByRole('table', { name: 'Jobs' });
  const rows = page.locator('[data-job]');
  await expect(table).toHaveAttribute('aria-rowcount', String(MANY + 1));
  await expect(rows.first()).toHaveAttribute('data-job', at(0));
  expect(await rows.count()).toBeLessThan(ROWS_MAX);
  await table.getByRole('button', { name: 'Name', exact: true }).click();
  await expect(rows.first()).toHaveAttribute('data-job', at(-1));

  // All the way down in steps: at each a row stands in the middle of the window, and no more of them are drawn.
  const seen = await page.evaluate(async () => {
    const drawn = () => document.querySelectorAll('[data-job]').length;
    const middle = () => document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest('[data-job]');
    const found: { drawn: number; job: string | undefined }[] = [];
    const height = document.documentElement.scrollHeight;
    for (let step = 1; step <= 30; step += 1) {
      window.scrollTo(0, ((height - innerHeight) * step) / 30);
      // What comes into sight is drawn within some frames.
      for (let frame = 0; frame < 3 || (frame < 20 && !middle()); frame += 1)
        await new Promise(requestAnimationFrame);
      found.push({ drawn: drawn(), job: middle()?.getAttribute('data-job') ?? undefined });
    }
    return found;
  });
  const places = seen.map(({ job }) => all.indexOf(job ?? ''));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...new Set(places)].sort((a, b) => b - a));
  expect(Math.max(...seen.map(({ drawn }) => drawn))).toBeLessThan(ROWS_MAX);
  await expect(page.locator(`[data-job=${at(0)}]`)).toBeVisible();

  // By keyboard: to the search and back, down and up, from row to row beyond those that were drawn first.
  await page.keyboard.press('Home');
  await expect(page.locator(`[data-job=${at(-1)}]`)).toBeInViewport();
  const begun = await rows.count();
  await page.getByRole('checkbox', { name: `Choose ${at(-begun)}` }).focus();
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest('[data-job]')?.getAttribute('data-job'));
  const beyond = at(-begun - 5);
  for (let stops = 0; stops < STOPS_MAX && (await focused()) !== beyond; stops += 1) {
    await page.keyboard.press('Tab');
    // The focus never falls out of the table: the next row is there before it is needed.
    expect(await focused(), `after ${stops} stops`).toBeTruthy();
  }
  expect(await focused()).toBe(beyond);
  expect(await rows.count()).toBeLessThan(ROWS_MAX);
  const box = page.getByRole('searchbox', { name: /Search jobs/ });
  await page.keyboard.press('/');
  await expect(box).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('page-many-02345');
  await expect(rows).toHaveCount(1);
  await expect(rows).toHaveAttribute('data-job', 'page-many-02345');

  // All of them are chosen and deleted after their count was said.
  await box.fill('page-many-');
  await page.getByRole('checkbox', { name: /^Choose all/ }).check();
  await page.getByRole('region', { name: 'Chosen jobs' }).getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(`Type ${MANY} to delete them`).fill(String(MANY));
  await dialog.getByRole('button', { name: new RegExp(`^Delete ${SHOWN} jobs`) }).click();
  await expect(page.getByText(/Deleted .* so far/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'No job matches' })).toBeVisible({ timeout: 240_000 });
});

/** Makes a job that may be there from an earlier try. */
async function make(server: string, name: string) {
  const made = await fetch(`${server}/api/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, schedule: '0 0 1 1 *', enabled: false, ...QUIET }),
  });
  const text = await made.text();
  // No `expect`: the report would keep a step for each of them.
  if (made.status !== 201 && made.status !== 409) throw new Error(`${name}: ${made.status} ${text}`);
}
