// What comes next: the day as bars, piles with their remedy, every tick in order, held ones on demand.

import { expect, test } from './server';

test('ticks ahead are listed in order, from an hour on, and held ones on demand', async ({
  inside: page,
  api,
}) => {
  const script = { shell: { script: 'true' }, enabled: true };
  await api.save({ name: 'page-ahead', schedule: '30 */2 * * *', timezone: 'Asia/Tokyo', ...script });
  await page.goto('/jobs');
  await page.getByRole('link', { name: 'Upcoming' }).click();
  await expect(page.getByRole('img', { name: /Starts per minute in the next 24 hours/ })).toBeVisible();

  const ticks = page.locator('[data-tick=page-ahead]');
  await page.getByRole('textbox', { name: 'Job', exact: true }).fill('page-ahead');
  await expect(page).toHaveURL(/job=page-ahead/);
  await expect(ticks.first()).toContainText('Asia/Tokyo');
  await expect(ticks.first()).toContainText(':30:00');
  const first = await ticks.first().locator('time').nth(1).getAttribute('datetime');

  // From a later hour on, the earlier ticks are not there.
  await page.getByRole('combobox', { name: 'From' }).click();
  await page.getByRole('option').nth(6).click();
  await expect(page).toHaveURL(/from=/);
  await expect(ticks.first().locator('time').nth(1)).not.toHaveAttribute('datetime', String(first));
  const from = new URL(page.url()).searchParams.get('from') ?? '';
  for (const at of await ticks
    .locator('time')
    .evaluateAll((all) => all.map((one) => one.getAttribute('datetime')))) {
    expect(Date.parse(String(at))).toBeGreaterThanOrEqual(Date.parse(from));
  }

  // A bar of the chart leads there too.
  await page.goto('/upcoming?job=page-ahead');
  await page.locator('figure svg g').nth(200).click();
  await expect(page).toHaveURL(/from=/);

  await api.pause('page-ahead');
  await page.goto('/upcoming?job=page-ahead');
  await expect(page.getByRole('heading', { name: 'Nothing falls due' })).toBeVisible();
  await page.getByRole('checkbox', { name: 'of paused jobs' }).check();
  await expect(ticks.first()).toContainText('paused');
  await api.remove('page-ahead');
});

test('a pile is told with what would spread it', async ({ inside: page, api }) => {
  const names = Array.from({ length: 61 }, (_, i) => `page-pile-${i}`);
  // A job that is never due within the day stands in no pile: this one is, five hours from now.
  const hour = new Date(Date.now() + 5 * 3_600_000).getUTCHours();
  for (const name of names) {
    await api.save({ name, enabled: true, schedule: `0 ${hour} * * *`, shell: { script: 'true' } });
  }
  await page.goto('/upcoming');
  const pile = page.getByRole('region', { name: 'Where jobs pile up' }).locator('[data-pile]').first();
  await expect(pile).toContainText(`0 ${hour} * * *`);
  await expect(pile).toContainText('61 jobs');
  await expect(pile.getByRole('button', { name: `Copy H ${hour} * * *` })).toBeVisible();
  await expect(page.locator('figure svg g[data-piled=true]')).toHaveCount(1);
  for (const name of names) await api.remove(name);
});

test('an instant that the server does not take is told, and left by trying again', async ({
  inside: page,
}) => {
  await page.goto('/upcoming?from=yesterday');
  await expect(page.getByRole('alert')).toContainText('The ticks cannot be read');
  await expect(page.getByRole('alert')).toContainText('yesterday');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page).toHaveURL(/\/upcoming$/);
  await expect(page.getByRole('alert')).toHaveCount(0);
});
