// The catalogues fit each other and the page: the same texts with the same gaps in each language, all of them used, and
// each call fills what its text has.

import { IntlMessageFormat } from 'intl-messageformat';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { LOCALES } from '.';
import { en } from './en';
import { placeOf, said, sources, walk } from './sources';
import { zh } from './zh';

const ENGLISH = texts(en);
const CHINESE = texts(zh);

test('both catalogues have the same texts', () => {
  expect([...CHINESE.keys()]).toEqual([...ENGLISH.keys()]);
});

test('each text has the same gaps in both languages', () => {
  const differ = [...ENGLISH].filter(
    ([key, text]) => gaps(text, 'en').join() !== gaps(CHINESE.get(key) ?? '', 'zh').join(),
  );
  expect(differ.map(([key]) => key)).toEqual([]);
});

test('each Chinese text is Chinese', () => {
  const foreign = [...CHINESE].filter(
    ([, text]) => !/[\p{Script=Han}，。；、：]/u.test(text) && /[a-z]{2}/i.test(bare(text)),
  );
  expect(foreign.map(([key]) => key)).toEqual([]);
});

test('in Chinese, a sentence ends as Chinese sentences do', () => {
  const odd = [...CHINESE].filter(([, text]) => /\p{Script=Han}[,.;:?!]/u.test(text));
  expect(odd.map(([key]) => key)).toEqual([]);
});

test('each text is used, and each call fills the gaps of its text', () => {
  const used = new Set<string>();
  const faults: string[] = [];
  for (const file of sources()) {
    walk(file, (node) => {
      const call = said(node);
      if (!call) return false;
      used.add(call.key);
      const given = namesOf(call.values);
      const wanted = gaps(ENGLISH.get(call.key) ?? '', 'en');
      if (given && given.join() !== wanted.join())
        faults.push(`${placeOf(node)}: ${call.key} has ${wanted.join()}, is given ${given.join()}`);
      return false;
    });
  }
  expect(faults).toEqual([]);
  expect([...ENGLISH.keys()].filter((key) => !used.has(key))).toEqual([]);
});

test('no text is taken while a module is loaded, before the language is known', () => {
  const early: string[] = [];
  for (const file of sources()) {
    walk(file, (node) => {
      if (ts.isFunctionLike(node)) return true;
      if (said(node)) early.push(placeOf(node));
      return false;
    });
  }
  expect(early).toEqual([]);
});

function texts(catalogue: Record<string, Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(catalogue).flatMap(([part, all]) =>
      Object.entries(all).map(([word, text]): [string, string] => [`${part}.${word}`, text]),
    ),
  );
}

/** Returns the gaps of a text by their names, those within plurals too. */
function gaps(text: string, language: keyof typeof LOCALES): string[] {
  const found = new Set<string>();
  const collect = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(collect);
    if (typeof value !== 'object' || value === null) return;
    // In the tree of a message 0 is a text and 7 the number of a plural; what else has a `value` names a gap.
    const { type, value: name, options } = value as { type?: number; value?: unknown; options?: object };
    if (typeof name === 'string' && type !== undefined && type > 0 && type < 7) found.add(name);
    for (const option of Object.values(options ?? {})) collect((option as { value: unknown }).value);
  };
  collect(new IntlMessageFormat(text, LOCALES[language], undefined, { ignoreTag: true }).getAst());
  return [...found].sort();
}

/** Returns a text without its gaps and what stands in quotes of its own. */
function bare(text: string): string {
  return text.replace(/'\{.*\}'/g, '').replace(/\{\w+(, plural, other \{)?/g, '');
}

/** Returns the names of the values of a call; nothing where they are put together elsewhere. */
function namesOf(values: ts.Expression | undefined): string[] | undefined {
  if (!values) return [];
  if (!ts.isObjectLiteralExpression(values)) return undefined;
  return values.properties.map(({ name }) => name?.getText() ?? '').sort();
}
