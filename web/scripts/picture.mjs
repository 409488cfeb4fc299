// Takes the README's picture of the jobs page from a running server: `npm run picture -- ../docs/images/jobs.png`
// with SANDGLASS_SERVER and SANDGLASS_TOKEN set. What it shows is whatever jobs that server has.
import { chromium } from '@playwright/test';

const { SANDGLASS_SERVER: server, SANDGLASS_TOKEN: token, CHROMIUM } = process.env;
const [file] = process.argv.slice(2);
if (!server || !token || !file) {
  console.error('usage: SANDGLASS_SERVER=… SANDGLASS_TOKEN=… npm run picture -- FILE.png');
  process.exit(64);
}
const browser = await chromium.launch({
  executablePath: CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 600 } });
const page = await context.newPage();
await page.goto(`${server}/login`);
await page.evaluate(
  (secret) =>
    fetch('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: secret }),
    }),
  token,
);
await page.goto(`${server}/jobs`);
await page.getByRole('table').waitFor();
const notes = page.getByRole('button', { name: 'Put away' });
await page.waitForTimeout(1500);
if (await notes.count()) await notes.first().click();
await page.waitForTimeout(300);
await page.screenshot({ path: file });
await browser.close();
