// A whole CPython as a module: by its schedule a script that comes with its job reads a granted CSV, and the JSON that it
// prints is on the page.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from './server';

const SCRIPT = `import csv, json
rows = list(csv.DictReader(open("/data/sales.csv", newline="")))
print(json.dumps({"rows": len(rows), "sold": sum(float(row["sold"]) for row in rows)}))
`;

test('a scheduled script for CPython reads a granted CSV and its JSON is on the page', async ({
  inside: page,
  api,
}) => {
  const { SANDGLASS_TEST_PROGRAMS: programs, SANDGLASS_TEST_GRANTED: granted } = process.env;
  const python = `${programs}/python.wasm`;
  test.skip(
    !programs || !granted || !existsSync(python),
    '`cargo xtask test` and `cargo xtask browser` fetch CPython and grant a folder, or say why not',
  );
  // Compiling an interpreter takes a minute or more of a crowded processor.
  test.setTimeout(600_000);
  writeFileSync(`${granted}/sales.csv`, 'who,sold\nAda,2\nBob,4.5\n');
  const module = await api.upload('python', readFileSync(python));
  await api.save({
    name: 'page-python',
    enabled: true,
    schedule: '*/10 * * * * *',
    wasm: { module, args: ['-c', SCRIPT], dirs: [{ host: granted, guest: '/data', mode: 'ro' }] },
    limits: { timeout: '5m', memory: '128MiB', fuel: 20_000_000_000 },
  });
  const run = await api.runOf('page-python', 'succeeded', 500_000);
  await api.pause('page-python');
  expect(run.trigger).toBe('schedule');
  await page.goto(`/runs/${run.id}`);
  await expect(page.locator('[data-status=succeeded]').first()).toBeVisible();
  await expect(page.getByRole('log')).toContainText('{"rows": 2, "sold": 6.5}');
  await api.remove('page-python');
});
