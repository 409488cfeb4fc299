// In which language a text of the server is, for screen readers and fonts.
//
// The browser asks for its reader's language by itself (`Accept-Language`); words of schedules come in it, all else
// in English, the language of the page.

/** Returns the tag of a text's language where it is not that of the page. */
export function langOf(text: string): 'zh' | undefined {
  return /\p{Script=Han}/u.test(text) ? 'zh' : undefined;
}
