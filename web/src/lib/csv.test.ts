// Rows of CSV stay whole: a line break or a comma within quotes ends nothing.

import { expect, test } from 'vitest';
import { cellsOf, joined, rowsOf } from './csv';

test('rows end where they end', () => {
  expect(rowsOf('a,b\r\n1,"two\nlines"\r\n3,"say ""x"""\r\n')).toEqual([
    'a,b',
    '1,"two\nlines"',
    '3,"say ""x"""',
  ]);
});

test('cells are read without their quotes', () => {
  expect(cellsOf('1,"a, b","say ""x""",')).toEqual(['1', 'a, b', 'say "x"', '']);
  expect(cellsOf('only')).toEqual(['only']);
});

test('two lists become one, newest first, under one head', () => {
  const a = 'id,at\r\na,2026-03\r\nc,2026-01\r\n';
  const b = 'id,at\r\nb,2026-02\r\n';
  expect(joined([a, b], 'at')).toBe('id,at\r\na,2026-03\r\nb,2026-02\r\nc,2026-01\r\n');
  expect(joined(['id,at\r\n', 'id,at\r\n'], 'at')).toBe('id,at\r\n');
});
