// What the workers say that they cannot hold, each thing once, with the workers that say it.
//
// Flow: `GET /workers` → **`hostNotes`** → `components/HostBanner`.

import type { HostNote, Worker } from '../api/types';
import { t } from '../i18n';

/** `limit` marks one that a job cannot have there; the others are the executors' own words, with their facts. */
export type Note = { text: string; limit: boolean; workers: string[]; fact?: HostNote };

/** Returns the notes, those about limits first. */
export function hostNotes(workers: Worker[]): Note[] {
  const found = new Map<string, Note>();
  const add = (worker: string, text: string, limit: boolean, fact?: HostNote) => {
    const note = found.get(text) ?? { text, limit, workers: [], fact };
    if (!note.workers.includes(worker)) note.workers.push(worker);
    found.set(text, note);
  };
  for (const { identity, status } of workers) {
    for (const [kind, { limits, notes, told }] of [
      ['shell', status.shell],
      ['wasm', status.wasm],
    ] as const) {
      for (const { limit, held, by } of limits) {
        if (!held) add(identity.id, t('workers.jobsCannotHaveLimits', { kind, limit, by }), true);
      }
      for (const [n, note] of notes.entries()) add(identity.id, note, false, told?.[n]);
    }
  }
  return [...found.values()].sort((a, b) => Number(b.limit) - Number(a.limit));
}

/** Returns whom a note speaks of, of `all` workers: nothing where one is alone, else names or a count. */
export function whose({ workers }: Note, all: number): string {
  if (all === 1) return '';
  if (workers.length === all) return t('workers.allWorkers', { all });
  return workers.length > 3 ? t('workers.ofWorkers', { count: workers.length, all }) : workers.join(', ');
}
