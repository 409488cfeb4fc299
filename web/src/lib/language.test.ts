// Which language a text is in, checked by table: told only where the page is in another.

import { afterEach, describe, expect, test } from 'vitest';
import { choose } from '../i18n';
import { langOf } from './language';

afterEach(() => choose('en'));

describe('the language of a text', () => {
  test.each([
    ['every 5 minutes', undefined, 'en'],
    ['每 5 分钟', 'zh', undefined],
    ['at 09:00 Monday to Friday (nightly “报表”)', 'zh', undefined],
    ['', undefined, undefined],
  ])('%s is %s in English, %s in Chinese', async (text, inEnglish, inChinese) => {
    expect(langOf(text)).toBe(inEnglish);
    await choose('zh');
    expect(langOf(text)).toBe(inChinese);
  });
});
