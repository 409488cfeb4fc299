// Why runs ended, in the reader's language: the server's own words in English, and in Chinese told from the record's facts.
//
// Where a reason comes without facts, as from earlier versions, the server's words stand.

import { useCallback } from 'react';
import type { RunRecord } from '../api/types';
import { inChinese } from './inChinese';

const useChinese = inChinese(async () => (await import('../i18n/zh/ends')).endInChinese);

/** What of a run tells why it ended. */
type Ended = Pick<RunRecord, 'reason' | 'outcome' | 'settled'>;

/** Returns what tells why a run ended; empty while nobody knows. */
export function useReasons(): (run: Ended) => string {
  const told = useChinese();
  return useCallback((run) => told?.(run) ?? run.reason ?? '', [told]);
}
