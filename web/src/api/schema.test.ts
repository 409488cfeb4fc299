// The generated types are those of the OpenAPI snapshot.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
// @ts-expect-error a plain script without types
import { schemaText } from '../../scripts/api.mjs';

test('schema.d.ts is current: after a change of the API run `npm run api`', async () => {
  const written = await readFile(new URL('./schema.d.ts', import.meta.url), 'utf8');
  expect(written).toBe(await schemaText());
}, 30_000);
