// Why runs ended, in the reader's language: the server's own words in English, and in Chinese told from the record's facts.
//
// The Chinese of it is fetched once, by the first page that tells of ends. Until it is there, and where a reason comes without
// facts (a tick that was skipped), the server's words stand.

import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { Outcome, RunRecord } from '../api/types';
import { useLanguage } from '../i18n';

type Told = (outcome: Outcome) => string;

let chinese: Told | undefined;
const watchers = new Set<() => void>();

function watch(watcher: () => void) {
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
  };
}

async function fetchChinese() {
  chinese = (await import('../i18n/zh/outcome')).outcomeInChinese;
  for (const watcher of watchers) watcher();
}

/** What of a run tells why it ended. */
type Ended = Pick<RunRecord, 'reason' | 'outcome'>;

/** Returns what tells why a run ended; empty while nobody knows. */
export function useReasons(): (run: Ended) => string {
  const language = useLanguage();
  const told = useSyncExternalStore(watch, () => chinese);
  const wanted = language === 'zh';
  useEffect(() => {
    // Without it the server's words stand.
    if (wanted && !chinese) fetchChinese().catch(() => {});
  }, [wanted]);
  return useCallback(
    ({ reason = '', outcome }) => {
      const isItsEnd = outcome && (reason === '' || reason === outcome.words);
      return wanted && told && isItsEnd ? told(outcome) : reason;
    },
    [wanted, told],
  );
}
