// Why a run ended, in Chinese: from what its worker saw, or from how its record was settled where no worker tells.

import type { RunRecord } from '../../api/types';
import { whereKnown } from './kinds';
import { outcomeInChinese } from './outcome';
import { settledInChinese } from './settled';

/** Returns why a run ended; nothing where the record has the server's words alone. */
export function endInChinese({
  reason = '',
  outcome,
  settled,
}: Pick<RunRecord, 'reason' | 'outcome' | 'settled'>): string | undefined {
  if (settled) return whereKnown(() => settledInChinese(settled));
  const isItsEnd = outcome && (reason === '' || reason === outcome.words);
  return isItsEnd ? outcomeInChinese(outcome) : undefined;
}
