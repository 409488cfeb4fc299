// Writes `src/api/schema.d.ts` from the OpenAPI snapshot: `npm run api`.
//
// The snapshot `master/openapi.json` comes from the code of the master; the types here are never edited by hand.
// `src/api/schema.test.ts` makes the same text in memory and fails when the file is stale.

import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const snapshot = new URL('../../master/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

const HEADER = `// Types of the REST API, made from \`master/openapi.json\` by \`npm run api\`. Do not edit: a test compares.
//
// Pages use the names in \`types.ts\`; paths and bodies are checked against this in \`client.ts\`.

`;

/** Returns the text that `schema.d.ts` has to hold. */
export async function schemaText() {
  const document = JSON.parse(await readFile(snapshot, 'utf8'));
  return HEADER + astToString(await openapiTS(document));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await writeFile(target, await schemaText());
}
