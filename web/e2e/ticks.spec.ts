// What became of due moments, while the server or one of its stores does not answer.

import { expect, test } from './server';

test('ticks stay while they cannot be read, with when they were, why not, and a way to ask again', async ({
  inside: page,
  api,
}) => {
  await api.save({
    name: 'page-ticks',
    enabled: true,
    schedule: '* * * * * *',
    shell: { script: 'true' },
  });
  await page.goto('/jobs/page-ticks?tab=ticks');
  const ran = page.getByRole('row').filter({ has: page.locator('[data-status=succeeded]') });
  await expect(async () => {
    await page.reload();
    await expect(ran.first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 30_000 });
  const note = page.getByRole('main').getByRole('status').filter({ hasText: 'Try again' });
  await expect(note).toHaveCount(0);

  const ticks = '**/api/v1/jobs/page-ticks/ticks?*';
  const detail = 'etcd, which keeps jobs, their states and accounts, does not answer; nothing was changed';
  await page.route(ticks, (route) =>
    route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ status: 503, code: 'store_unavailable', title: 'a store is away', detail }),
    }),
  );
  await expect(note).toContainText('they cannot be read now', { timeout: 30_000 });
  await expect(note).toContainText('Etcd, which keeps jobs,');
  await expect(ran.first()).toBeVisible();

  // MongoDB is away instead: the answer is not whole.
  await page.unroute(ticks);
  await page.route(ticks, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), facts_away: true } });
  });
  await note.getByRole('button', { name: 'Try again' }).click();
  await expect(note).toContainText('What ran is not known now');

  await page.unroute(ticks);
  await note.getByRole('button', { name: 'Try again' }).click();
  await expect(note).toHaveCount(0);
  await api.remove('page-ticks');
});
