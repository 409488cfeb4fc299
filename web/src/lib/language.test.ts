// Which language a text is in, checked by table.

import { describe, expect, test } from 'vitest';
import { langOf } from './language';

describe('the language of a text', () => {
  test.each([
    ['every 5 minutes', undefined],
    ['每 5 分钟', 'zh'],
    ['at 09:00 Monday to Friday (nightly “报表”)', 'zh'],
    ['', undefined],
  ])('%s is %s', (text, lang) => expect(langOf(text)).toBe(lang));
});
