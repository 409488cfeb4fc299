// Shortcuts of one key, or of two in a row: `n`, `g j`.
//
// Pure: the caller says what was pressed, when, and whether somebody types into a field.
// Not here: what a shortcut does (`components/Shortcuts`).

/** Two keys belong together when the second follows within this time. */
export const TOGETHER_MS = 1200;

/** What was pressed before, and when. */
export type Pressed = { key: string; at: number } | undefined;

/** Returns the shortcut that is complete with `key`, and what to remember for the next key. */
export function press(
  known: readonly string[],
  before: Pressed,
  key: string,
  at: number,
): { shortcut?: string; remember: Pressed } {
  if (before && at - before.at <= TOGETHER_MS) {
    const both = `${before.key} ${key}`;
    if (known.includes(both)) return { shortcut: both, remember: undefined };
  }
  if (known.includes(key)) return { shortcut: key, remember: undefined };
  const begins = known.some((shortcut) => shortcut.startsWith(`${key} `));
  return { remember: begins ? { key, at } : undefined };
}
