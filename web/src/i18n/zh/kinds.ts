// Words by the kinds of the API: a table has each kind that this page knows, and what a newer server adds is left to its words.

/** What is said of each kind, from its figures. */
export type Words<T extends { kind: string }> = {
  [K in T['kind']]: (why: Extract<T, { kind: K }>) => string;
};

/** What is said of a kind that this page does not know: the server may be newer. */
class Unknown extends Error {}

/** Returns what a table says of a word. */
export function of<K extends string, T>(table: Record<K, T>, key: K): T {
  if (!(key in table)) throw new Unknown(key);
  return table[key];
}

/** Returns what is said of this kind with its figures. */
export function told<T extends { kind: string }>(words: Words<T>, why: T): string {
  return of(words as unknown as Record<string, (why: T) => string>, why.kind)(why);
}

/** Returns what is said, or nothing where a kind of it is not known here. */
export function whereKnown(say: () => string): string | undefined {
  try {
    return say();
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}
