// Spans and sizes of the API, read and shown.

import { expect, test } from 'vitest';
import { bytes, count, sizeBytes, spanMs } from './quantity';

test('spans of the API are read', () => {
  expect(spanMs('1h30m')).toBe(5_400_000);
  expect(spanMs('250ms')).toBe(250);
  expect(spanMs('1m30s')).toBe(90_000);
  expect(spanMs('1.5h')).toBe(5_400_000);
  for (const bad of ['', 'soon', '10', '-5s', undefined]) expect(spanMs(bad)).toBeUndefined();
});

test('sizes of the API are read', () => {
  expect(sizeBytes('256MiB')).toBe(256 * 2 ** 20);
  expect(sizeBytes('10')).toBe(10);
  expect(sizeBytes('1.5GiB')).toBe(1.5 * 2 ** 30);
  for (const bad of ['', 'MiB', '1 mib', undefined]) expect(sizeBytes(bad)).toBeUndefined();
});

test('sizes and counts are shown short', () => {
  expect(bytes(0)).toBe('0 B');
  expect(bytes(1536)).toBe('1.5 KiB');
  expect(bytes(256 * 2 ** 20)).toBe('256 MiB');
  expect(count(1234567)).toBe('1,234,567');
});
