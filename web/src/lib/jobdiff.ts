// What differs between two texts of a job, field by field, in the words of the server's own comparison.
//
// Pure. For texts that no revision holds yet: what stands in a form. Not here: lines within a field (`lib/diff`).

import type { FieldChange } from '../api/types';
import { type JobForm, sameForm } from './jobform';

/** Returns the fields that differ, in order of their paths; what is empty counts as what is not there. */
export function differences(before: unknown, after: unknown): FieldChange[] {
  const was = leaves(before);
  const is = leaves(after);
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort();
  return paths.flatMap((path) => {
    const [a, b] = [was.get(path), is.get(path)];
    return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ path, before: a, after: b }];
  });
}

function leaves(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    for (const [key, one] of Object.entries(value)) leaves(one, path ? `${path}.${key}` : key, found);
  } else if (value !== undefined && value !== null && value !== '' && !isEmptyList(value)) {
    found.set(path, value);
  }
  return found;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Returns theirs with what I changed since `start`; where both changed a field, mine stands. */
export function mergedForm(start: JobForm, mine: JobForm, theirs: JobForm): JobForm {
  const merged = { ...theirs };
  for (const key of Object.keys(mine) as (keyof JobForm)[]) {
    if (!sameForm({ ...mine, [key]: start[key] }, mine)) Object.assign(merged, { [key]: mine[key] });
  }
  return merged;
}
