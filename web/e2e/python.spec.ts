// A whole CPython as a module: a script that comes with its job reads a granted folder, and its output is on the page.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from './server';

const SCRIPT = `import json, os
print(json.dumps({"names": sorted(os.listdir("/data")), "text": open("/data/hello.txt").read().strip()}))
`;

test('a script for CPython prints JSON on the page', async ({ inside: page, api }) => {
  const { SANDGLASS_TEST_PROGRAMS: programs, SANDGLASS_TEST_GRANTED: granted } = process.env;
  const python = `${programs}/python.wasm`;
  test.skip(
    !programs || !granted || !existsSync(python),
    '`cargo xtask programs` fetches CPython, or says why not',
  );
  // Compiling an interpreter takes a minute or more of a crowded processor.
  test.setTimeout(600_000);
  const module = await api.upload('python', readFileSync(python));
  await api.save({
    name: 'page-python',
    wasm: { module, args: ['-c', SCRIPT], dirs: [{ host: granted, guest: '/data', mode: 'ro' }] },
    limits: { timeout: '5m', memory: '128MiB', fuel: 20_000_000_000 },
  });
  const run = await api.run('page-python');
  await page.goto(`/runs/${run}`);
  await expect(page.locator('[data-status=succeeded]')).toBeVisible({ timeout: 500_000 });
  await expect(page.getByRole('log')).toContainText('{"names": ["hello.txt"], "text": "hello"}');
  await api.remove('page-python');
});
