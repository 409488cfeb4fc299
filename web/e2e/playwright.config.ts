// Tests of the page in a real browser against a running server.
//
// `cargo xtask test` starts the server on an empty folder and says where it is: SANDGLASS_SERVER, SANDGLASS_TOKEN
// (the admin's), SANDGLASS_LOGIN (a one-time link that nobody used yet), SANDGLASS_BINARY (what a test starts a server of its
// own from), CHROMIUM. One worker: the tests share the server, and read what it shows. With SANDGLASS_FLEET, a fleet's folder,
// the server is a master of it, for the tests of one alone.

import { defineConfig } from '@playwright/test';

const OF_A_FLEET = ['fleet.spec.ts', 'proxy.spec.ts'];

export default defineConfig({
  testDir: '.',
  testMatch: process.env.SANDGLASS_FLEET ? OF_A_FLEET : '**/*.spec.ts',
  testIgnore: process.env.SANDGLASS_FLEET ? [] : OF_A_FLEET,
  outputDir: '../test-results/artifacts',
  workers: 1,
  timeout: 120_000,
  // A busy machine may miss a deadline once; what passes only then is printed as flaky, and to be mended.
  retries: 1,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: process.env.SANDGLASS_SERVER ?? 'http://127.0.0.1:7480',
    actionTimeout: 30_000,
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
