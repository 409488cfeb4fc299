// Which language the page begins with, and what is said in it: gaps, plurals, numbers, elements.

import { createElement, isValidElement } from 'react';
import { afterEach, expect, test } from 'vitest';
import { choose, number, t, tx, wished } from '.';

afterEach(() => choose('en'));

test.each([
  [null, ['zh-CN', 'en'], 'zh'],
  [null, ['zh-TW'], 'zh'],
  [null, ['fr', 'en-GB', 'zh'], 'en'],
  [null, ['fr', 'zh', 'en'], 'zh'],
  [null, ['fr'], 'en'],
  [null, [], 'en'],
  ['en', ['zh-CN'], 'en'],
  ['zh', ['en'], 'zh'],
  ['klingon', ['zh-CN'], 'zh'],
])('chosen %s, asked for %s: %s', (chosen, asked, language) => {
  expect(wished(chosen, asked)).toBe(language);
});

test('a text is said in the language that was chosen, until another is', async () => {
  const all = () => [
    t('common.save'),
    t('jobs.jobsCount', { count: 1 }),
    t('jobs.jobsCount', { count: 12_000 }),
  ];
  expect(all()).toEqual(['Save', '1 job', '12,000 jobs']);
  await choose('zh');
  expect(all()).toEqual(['保存', '1 个任务', '12,000 个任务']);
  await choose('en');
  expect(all()).toEqual(['Save', '1 job', '12,000 jobs']);
});

test('a gap takes an element, and what is put in is never read as a text with gaps', () => {
  const parts = tx('common.timeBy', { time: createElement('b', null, 'now'), author: '{time} <i>' });
  const children = isValidElement<{ children: unknown[] }>(parts) ? parts.props.children : [];
  expect(children).toHaveLength(2);
  expect(children[1]).toBe(' by {time} <i>');
  expect(t('common.isSaved', { name: "{x} 'y' <b>" })).toBe("{x} 'y' <b> is saved");
});

test('numbers are written as the language does', async () => {
  expect(number(1_234_567)).toBe('1,234,567');
  await choose('zh');
  expect(number(1_234_567)).toBe('1,234,567');
});
