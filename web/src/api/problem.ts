// What the server says when it does not do what was asked: RFC 9457, read with care.
//
// Every failed request throws a `ProblemError`, network failures too, so that pages show one kind of thing.

import { language, t } from '../i18n';
import type { components } from './schema';

/** What is wrong with a field; its words are in the reader's language where that has words for it. */
export type Fault = components['schemas']['Fault'];
export type Said = components['schemas']['Said'];

/** Who saved a job last, where that is why a save failed. */
export type CurrentSave = { author: string; saved_at: string; etag: string; reason?: string };

export class ProblemError extends Error {
  /** It in the reader's language, where its code says all of it and the server does not speak that. */
  words?: string;

  constructor(
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** Stable word for what is wrong. */
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    public errors: Fault[] = [],
    readonly current?: CurrentSave,
  ) {
    super(detail || title);
  }
}

/** Returns the problem of an answer that is not a success. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => '');
  const problem = problemFrom(response.status, response.headers.get('content-type') ?? '', text);
  if (language() === 'zh') {
    // Without its catalogue the server's words stand.
    const known = await import('../i18n/zh/problems').catch(() => undefined);
    await known?.tell(problem);
  }
  return problem;
}

/** Returns the problem in `text`; an answer of something else between us and the master becomes one too. */
export function problemFrom(status: number, contentType: string, text: string): ProblemError {
  if (/json/.test(contentType)) {
    try {
      const body = JSON.parse(text);
      return new ProblemError(
        status,
        String(body.code ?? 'unknown'),
        String(body.title ?? t('shell.theRequestFailed')),
        String(body.detail ?? ''),
        Array.isArray(body.errors) ? body.errors : [],
        body.current ?? undefined,
      );
    } catch {
      // Falls through: it said JSON and was none.
    }
  }
  return new ProblemError(
    status,
    'no_problem',
    t('shell.theServerAnswered', { status }),
    text.slice(0, 300).trim(),
  );
}

/** Returns the problem of a request that got no answer. */
export function unreachable(): ProblemError {
  return new ProblemError(0, 'unreachable', t('shell.noAnswer'), t('shell.theServerCannotBeReached'));
}

/** Returns what to tell the user about any error. */
export function messageOf(error: unknown): string {
  if (error instanceof ProblemError) return error.words ?? sentence(error.detail || error.title);
  return error instanceof Error ? sentence(error.message) : t('shell.somethingWentWrong');
}

/** The server writes lowercase without a full stop; a toast begins like a sentence. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
