// The page's texts in the reader's language: which one it is, and its words by their keys.
//
// Flow: `main` → **`begin`** (the language, its catalogue) → `t` and `tx` wherever something is said.
// Texts are ICU messages (`intl-messageformat`): plurals and gaps are the catalogue's. A change of the language draws the
// whole page anew (`useLanguage` in `main`), so nothing may keep a text: `t` is called where it is shown, and never
// while a module is loaded. Not here: words of the server, which come by `Accept-Language`.

import { IntlMessageFormat } from 'intl-messageformat';
import { createElement, Fragment, type ReactNode, useSyncExternalStore } from 'react';
import type { en } from './en';

export type Language = 'en' | 'zh';

/** The name of each language in itself. */
export const LANGUAGES: Record<Language, string> = { en: 'English', zh: '中文' };

/** As `<html lang>` and `Intl` name them. */
export const LOCALES: Record<Language, string> = { en: 'en', zh: 'zh-CN' };

type Catalogue = typeof en;
export type Part = keyof Catalogue;
/** The texts of a part in any language: the same keys as in English. */
export type Texts<P extends Part> = { readonly [K in keyof Catalogue[P]]: string };
type AnyCatalogue = { readonly [P in Part]: Texts<P> };

/** The name of a text: its part and its own key. */
export type Key = { [P in Part]: `${P}.${keyof Catalogue[P] & string}` }[Part];
type English<K extends Key> = K extends `${infer P extends Part}.${infer W}`
  ? W extends keyof Catalogue[P]
    ? Catalogue[P][W]
    : never
  : never;
/** The gaps of a text; those of one with plurals are not told apart here, but by the test of the catalogues. */
type Gaps<S> = S extends `${string}, plural, ${string}`
  ? string
  : S extends `${string}'{${string}`
    ? never
    : S extends `${string}{${infer N}}${infer R}`
      ? N | Gaps<R>
      : never;
type Values<K extends Key, V> = [Gaps<English<K>>] extends [never]
  ? []
  : [values: Record<Gaps<English<K>>, V>];
type Plain = string | number | null | undefined;

const KEPT_AS = 'sandglass-language';

let current: Language = 'en';
/** Nothing until `begin` has fetched a catalogue: a reader fetches that of one language alone. */
let words: AnyCatalogue;
let formats = new Map<Key, IntlMessageFormat>();
const watchers = new Set<() => void>();

/** Returns the text of `key` with its gaps filled in. */
export function t<K extends Key>(key: K, ...[values]: Values<K, Plain>): string {
  return values === undefined && isPlain(textOf(key)) ? textOf(key) : String(format(key).format(values));
}

/** Returns a text whose gaps hold elements. */
export function tx<K extends Key>(key: K, ...[values]: Values<K, ReactNode>): ReactNode {
  const parts = format(key).format<ReactNode>(values as Record<string, ReactNode> as never);
  return Array.isArray(parts) ? createElement(Fragment, null, ...parts) : parts;
}

function textOf(key: Key): string {
  const [part, word] = key.split('.') as [Part, never];
  return words[part][word];
}

function isPlain(text: string): boolean {
  return !text.includes('{');
}

function format(key: Key): IntlMessageFormat {
  let made = formats.get(key);
  if (!made) {
    made = new IntlMessageFormat(textOf(key), LOCALES[current], undefined, { ignoreTag: true });
    formats.set(key, made);
  }
  return made;
}

/** Returns a number as the language writes it. */
export function number(value: number): string {
  return new Intl.NumberFormat(LOCALES[current]).format(value);
}

/** Returns the language of the page. */
export function language(): Language {
  return current;
}

/** Returns the language, and draws what calls it anew when that changes. */
export function useLanguage(): Language {
  return useSyncExternalStore(watch, language);
}

function watch(watcher: () => void) {
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
  };
}

/** Takes the language that was chosen here, else the first of the browser's that there is; English if it cannot be had. */
export function begin(): Promise<void> {
  return change(wished(kept(), navigator.languages)).catch(() => change('en'));
}

/** Speaks another language from now on, also after a reload. */
export async function choose(next: Language): Promise<void> {
  await change(next);
  try {
    localStorage.setItem(KEPT_AS, next);
  } catch {
    // A browser that keeps nothing asks for the language again.
  }
}

/** Returns the language to begin with: what was chosen, else the first of the `asked` ones that there is. */
export function wished(chosen: string | null, asked: readonly string[]): Language {
  const all = Object.keys(LANGUAGES) as Language[];
  const known = (tag: string) => all.find((one) => one === tag.toLowerCase().split('-')[0]);
  return known(chosen ?? '') ?? asked.map(known).find((one) => one !== undefined) ?? 'en';
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}

async function change(next: Language) {
  words = next === 'zh' ? (await import('./zh')).zh : (await import('./en')).en;
  current = next;
  formats = new Map();
  if (typeof document !== 'undefined') document.documentElement.lang = LOCALES[next];
  for (const watcher of watchers) watcher();
}
