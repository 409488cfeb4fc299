// The page comes in parts: small at first, the rest when it is gone to, and whole again after an upgrade.

import { expect, test } from './server';

/** What the first load may weigh, compressed. */
const FIRST_LOAD_BYTES_MAX = 300_000;

for (const [locale, path, name] of [
  ['en', '/', 'Home'],
  ['en', '/jobs', 'Jobs'],
  ['zh-CN', '/', '首页'],
  ['zh-CN', '/jobs', '任务'],
] as const) {
  test.describe(`for a reader of ${locale}`, () => {
    test.use({ locale });

    test(`the first load of ${name} is small`, async ({ inside: page }) => {
      const answers: Promise<number>[] = [];
      page.on('response', (answer) => {
        if (/\/(assets|jobs)/.test(new URL(answer.url()).pathname) && !answer.url().includes('/api/')) {
          answers.push(
            answer
              .request()
              .sizes()
              .then(({ responseBodySize }) => responseBodySize),
          );
        }
      });
      await page.goto(path);
      await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
      const bytes = (await Promise.all(answers)).reduce((sum, one) => sum + one, 0);
      expect(bytes).toBeGreaterThan(50_000);
      expect(bytes).toBeLessThan(FIRST_LOAD_BYTES_MAX);
    });
  });
}

test('a tab that outlived an upgrade loads itself anew, once', async ({ inside: page }) => {
  await page.goto('/jobs');
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  // As an upgraded server answers for a part of the page before it.
  let asked = 0;
  const gone = '**/assets/RunsPage-*.js';
  await page.route(gone, (route) => {
    asked += 1;
    return asked === 1 ? route.fulfill({ status: 404 }) : route.continue();
  });
  await page.getByRole('link', { name: 'Runs' }).click();
  await expect(page.getByRole('heading', { name: 'Runs', level: 1 })).toBeVisible();
  expect(asked).toBe(2);

  // What stays away is told.
  await page.route('**/assets/ModulesPage-*.js', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('link', { name: 'Modules' }).click();
  await expect(page.getByRole('alert')).toContainText('This page could not be shown');
  await page.getByRole('link', { name: 'Jobs' }).click();
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
});
