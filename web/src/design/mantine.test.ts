// The styles of what is drawn: a component that a source takes from the library has its line in `mantine.css`.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('..', import.meta.url));
const STYLES = join(SRC, '../node_modules/@mantine/core/styles');

test('each component that is drawn has its styles', () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(SRC, file), 'utf8'));
  const taken = sources.flatMap((text) => [...text.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)]);
  const names = new Set(taken.flatMap(([, names]) => names?.match(/\b[A-Z]\w+/g) ?? []));
  const styled = [...names].filter((name) => existsSync(join(STYLES, `${name}.css`)));
  expect(styled.length).toBeGreaterThan(20);
  const known = readFileSync(join(SRC, 'design/mantine.css'), 'utf8');
  expect(styled.filter((name) => !known.includes(`/${name}.css"`))).toEqual([]);
});
