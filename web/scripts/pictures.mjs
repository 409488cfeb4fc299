// Takes the README's pictures: `cargo xtask pictures`, which starts an empty server and says where it is (SANDGLASS_SERVER,
// SANDGLASS_TOKEN), and names the folder to write to.
//
// The server is filled with jobs first (`sample`). The pictures are WebP, small enough to be read with the text.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { fill } from './sample.mjs';

/** Largest file, and how much may be left out of a picture until it fits. */
const BYTES_MAX = 80_000;
const QUALITIES = [92, 86, 80, 70];
const WIDTH = 1280;

const { SANDGLASS_SERVER: server, SANDGLASS_TOKEN: token, CHROMIUM } = process.env;
const [folder] = process.argv.slice(2);
if (!server || !token || !folder) {
  console.error(
    'usage: SANDGLASS_SERVER=… SANDGLASS_TOKEN=… npm run pictures -- FOLDER\nhint: `cargo xtask pictures`',
  );
  process.exit(64);
}
await mkdir(folder, { recursive: true });
const running = await fill(server, token);
const browser = await chromium.launch({
  executablePath: CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
for (const { name, path, scheme, height, ready } of [
  { name: 'jobs', path: '/jobs', scheme: 'light', height: 610, ready: '[data-job=thumbnails]' },
  { name: 'job', path: '/jobs/import-prices', scheme: 'light', height: 744, ready: '[data-point]' },
  { name: 'run', path: `/runs/${running}`, scheme: 'dark', height: 720, ready: 'text=suppliers to go' },
]) {
  await take(join(folder, `${name}.webp`), { path, scheme, height, ready });
}
await browser.close();

async function take(file, { path, scheme, height, ready }) {
  const context = await browser.newContext({
    baseURL: server,
    viewport: { width: WIDTH, height },
    colorScheme: scheme,
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const answer = await page.request.post('/api/v1/session', { data: { token } });
  if (!answer.ok()) throw new Error(`not let in: ${answer.status()}`);
  await page.goto(path);
  await page.locator(ready).first().waitFor();
  await page
    .locator('[data-live=open], [data-follow=open]')
    .first()
    .waitFor({ timeout: 5000 })
    .catch(() => {});
  // What the host can do is this machine's, and no part of a picture.
  const putAway = page.getByRole('button', { name: 'Put away' });
  if (await putAway.count()) await putAway.click();
  // Charts and strips are drawn a moment after their figures came.
  await page.waitForTimeout(1000);
  const session = await context.newCDPSession(page);
  for (const quality of QUALITIES) {
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length > BYTES_MAX && quality !== QUALITIES.at(-1)) continue;
    await writeFile(file, bytes);
    console.log(`${file}: ${bytes.length} bytes, quality ${quality}`);
    break;
  }
  await context.close();
}
