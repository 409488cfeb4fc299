// The kinds that the API has, read from its document: what has words in a table must have them for each. For tests alone.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../../master/openapi.json', import.meta.url));

type Schema = {
  enum?: string[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  allOf?: Schema[];
};

/** Returns each word that a schema of the document may have: of an enumeration, or the `kind` of a choice. */
export function kindsOf(name: string, tag = 'kind'): string[] {
  const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
  const schema: Schema | undefined = document.components.schemas[name];
  const words = schema ? wordsOf(schema, tag) : [];
  if (words.length === 0) throw new Error(`the document has no kinds of ${name}`);
  return words.sort();
}

function wordsOf(schema: Schema, tag: string): string[] {
  const parts = [...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [
    ...(schema.enum ?? []),
    ...(schema.properties?.[tag]?.enum ?? []),
    ...parts.flatMap((part) => wordsOf(part, tag)),
  ];
}
