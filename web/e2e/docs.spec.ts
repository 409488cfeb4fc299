// The interface's own page: every route is shown and can be tried, by what this server alone serves. The watch in
// `server.ts` fails the test when anything is asked of another origin, or the Content-Security-Policy is broken.

import { expect, test } from './server';

test('every route is shown, and one is tried', async ({ inside: page }) => {
  await page.goto('/jobs');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Interface for programs' }).click();
  await expect(page).toHaveURL(/\/docs$/);
  await expect(page.getByRole('heading', { name: 'Interface', level: 1 })).toBeVisible();

  const document = await (await page.request.get('/api/v1/openapi.json')).json();
  const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'];
  const routes = Object.values<object>(document.paths).flatMap((item) =>
    Object.keys(item).filter((key) => methods.includes(key)),
  );
  expect(routes.length).toBeGreaterThan(40);
  await expect(page.locator('.opblock')).toHaveCount(routes.length);

  const whoami = page.locator('#operations-session-get_session');
  await whoami.locator('.opblock-summary-control').click();
  await whoami.getByRole('button', { name: 'Try it out' }).click();
  await whoami.getByRole('button', { name: 'Execute' }).click();
  await expect(whoami.locator('.live-responses-table')).toContainText('"role": "admin"');
});

test('it is fetched here and nowhere else', async ({ inside: page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await page.goto('/jobs');
  await expect(page.getByRole('heading', { name: 'Jobs', level: 1 })).toBeVisible();
  expect(fetched.filter((path) => path.includes('DocsPage'))).toEqual([]);
  await page.goto('/docs');
  await expect(page.locator('.opblock').first()).toBeVisible();
  expect(fetched.filter((path) => path.includes('DocsPage')).length).toBeGreaterThan(0);
});
