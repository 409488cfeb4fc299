// In which language a text of the server is, for screen readers and fonts.
//
// Words of schedules come in the language of the page; reasons, errors and notes of workers are English.

import { language } from '../i18n';

/** Returns the tag of a text's language where it is not that of the page. */
export function langOf(text: string | null | undefined): 'en' | 'zh' | undefined {
  if (!text) return undefined;
  const own = /\p{Script=Han}/u.test(text) ? 'zh' : 'en';
  return own === language() ? undefined : own;
}
