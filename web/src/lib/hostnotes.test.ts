// Notes of many workers: what all say stands there once, and who says it.

import { expect, test } from 'vitest';
import type { Worker } from '../api/types';
import { hostNotes, whose } from './hostnotes';

function worker(id: string, shellNotes: string[], cpu: boolean): Worker {
  const limits = [{ limit: 'cpu', held: cpu, by: cpu ? 'cgroup' : 'no controller' }];
  const status = { shell: { limits, notes: shellNotes }, wasm: { limits: [], notes: shellNotes } };
  return { identity: { id }, status } as unknown as Worker;
}

test('what several workers say stands there once, limits first', () => {
  const notes = hostNotes([worker('a', ['runs as nobody'], true), worker('b', ['runs as nobody'], false)]);
  expect(notes).toEqual([
    { text: 'shell jobs cannot have \u201climits.cpu\u201d: no controller', limit: true, workers: ['b'] },
    { text: 'runs as nobody', limit: false, workers: ['a', 'b'] },
  ]);
});

test('who says it is told in as few words as do', () => {
  const note = (...workers: string[]) => ({ text: '', limit: false, workers });
  expect(whose(note('a'), 1)).toBe('');
  expect(whose(note('a', 'b'), 2)).toBe('all 2 workers');
  expect(whose(note('a', 'b'), 3)).toBe('a, b');
  expect(whose(note('a', 'b', 'c', 'd'), 9)).toBe('4 of 9 workers');
});
