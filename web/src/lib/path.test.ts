// After a login the page goes to a path of its own and nowhere else.

import { expect, test } from 'vitest';
import { safeNext } from './path';

test('only a path of this page is followed', () => {
  expect(safeNext('/runs?status=failed')).toBe('/runs?status=failed');
  for (const bad of [
    null,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/login?next=/',
  ]) {
    expect(safeNext(bad)).toBe('/');
  }
});
