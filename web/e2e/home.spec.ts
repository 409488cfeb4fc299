// The first page: figures that lead to their lists, what runs and can be ended, what comes next, what went wrong and why.

import { expect, test } from './server';

test('a run appears on Home by itself, is killed there, and its end is told', async ({
  inside: page,
  api,
}) => {
  await api.save({
    name: 'page-home',
    shell: { script: 'echo begun\nsleep 300\n' },
    limits: { grace: '1s', timeout: '5m' },
  });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
  const running = page.getByRole('region', { name: 'Runs now' });
  await expect(running).not.toContainText('page-home');

  // Nobody touches the page from here on: the stream of events tells it.
  const run = await api.run('page-home');
  await api.runIs(run, 'running');
  const asked = Date.now();
  const row = running.locator(`[data-running="${run}"]`);
  await expect(row).toContainText('page-home');
  expect(Date.now() - asked).toBeLessThan(5000);
  await expect(row).toContainText('of 5 min');
  await expect(row).toContainText('asked for by');
  const before = await row.innerText();
  await expect.poll(() => row.innerText()).not.toBe(before);

  await row.getByRole('button', { name: 'Kill this run of page-home' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Kill', exact: true }).click();
  await expect(row).toHaveCount(0);
  await api.runIs(run, 'killed');
});

test('what went wrong says why, and the figures lead to their lists', async ({ inside: page, api }) => {
  await api.save({ name: 'page-home-bad', shell: { script: 'exit 7' } });
  await page.goto('/');
  const wrong = page.getByRole('region', { name: 'Went wrong lately' });
  const run = await api.run('page-home-bad');
  await api.runIs(run, 'failed');
  const line = wrong.locator(`[data-wrong="${run}"]`);
  await expect(line).toContainText('page-home-bad');
  await expect(line).toContainText('exit code 7');

  // The day as bars: a failure has a mark and a word, not a colour alone.
  const day = page.getByRole('region', { name: 'Runs by the hour' });
  await expect(day.getByRole('list', { name: /Runs of the last \d+ hours: \d+, \d+ failed/ })).toBeVisible();
  await expect(day.getByRole('link', { name: /[1-9]\d* failed/ }).first()).toContainText('✕');
  await expect(page.locator('[data-tile="Success rate"]')).toContainText('%');

  await page.locator('[data-tile=Failed]').click();
  await expect(page).toHaveURL(/\/runs\?status=.*failed/);
  await expect(page.locator(`[data-run="${run}"]`)).toBeVisible();
  await page.goBack();
  await line.getByRole('link', { name: /^Failed/ }).click();
  await expect(page).toHaveURL(new RegExp(`/runs/${run}$`));
});

test('the job that comes next counts down, one line for each', async ({ inside: page, api }) => {
  await api.save({ name: 'page-home-next', enabled: true, schedule: '* * * * *', shell: { script: 'true' } });
  await page.goto('/');
  const next = page.getByRole('region', { name: 'Comes next' });
  const line = next.locator('[data-next=page-home-next]');
  await expect(line).toHaveCount(1);
  await expect(line.locator('time')).toHaveText(/^(\d\d:\d\d|due)$/);
  const before = await line.locator('time').innerText();
  await expect(line.locator('time')).not.toHaveText(before);
  await next.getByRole('link', { name: 'The day ahead' }).click();
  await expect(page).toHaveURL(/\/upcoming$/);
  await api.remove('page-home-next');
});

test('Home says that it is cut off, and reads anew when it is not any more', async ({
  inside: page,
  api,
  context,
}) => {
  await api.save({ name: 'page-home-cut', shell: { script: 'sleep 300' }, limits: { grace: '1s' } });
  await context.route('**/api/v1/events', (route) => route.abort());
  await page.goto('/');
  await expect(page.locator('[data-live=waiting]')).toContainText('Reconnecting');
  const run = await api.run('page-home-cut');
  await api.runIs(run, 'running');
  await context.unroute('**/api/v1/events');
  await expect(page.locator('[data-live=open]')).toBeVisible();
  await expect(page.locator(`[data-running="${run}"]`)).toBeVisible({ timeout: 5000 });
  await api.remove('page-home-cut');
});

test('on a phone nothing stands beyond the edge', async ({ inside: page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['/', '/jobs']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[data-tile], [data-job]').first()).toBeVisible();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(390);
  }
});

test('on a phone the time of the last hour is whole', async ({ inside: page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  // Each third hour bears its time: the last one is made to be such.
  await page.route('**/api/v1/stats', async (route) => {
    const response = await route.fetch();
    const stats = await response.json();
    const shift = (new Date(stats.hours.at(-1).at).getHours() % 3) * 3_600_000;
    for (const hour of stats.hours) hour.at = new Date(Date.parse(hour.at) - shift).toISOString();
    stats.total.runs += 1;
    await route.fulfill({ response, json: stats });
  });
  await page.goto('/');
  const hours = page.getByRole('list', { name: /^Runs of the last/ });
  const time = hours
    .locator('li')
    .last()
    .getByText(/^\d\d:00$/);
  await expect(time).toBeVisible();
  const beyond = await time.evaluate((element) => {
    const text = document.createRange();
    text.selectNodeContents(element);
    const chart = element.closest('ul')?.getBoundingClientRect().right ?? 0;
    return text.getBoundingClientRect().right - chart;
  });
  expect(beyond).toBeLessThan(1);
  // It stands clear of the one before it.
  const places = await hours.getByText(/^\d\d:00$/).evaluateAll((all) =>
    all
      .filter((element) => getComputedStyle(element).visibility === 'visible')
      .map((element) => {
        const text = document.createRange();
        text.selectNodeContents(element);
        const { left, right } = text.getBoundingClientRect();
        return { left, right };
      }),
  );
  for (const [at, { left }] of places.entries()) expect(left).toBeGreaterThan(places[at - 1]?.right ?? -1);
  // One that is asked for meanwhile is of no matter.
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});
