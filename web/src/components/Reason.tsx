// Why a run ended, in the reader's language, with the server's own words on hover: those are searched for and quoted.

import type { ReactNode } from 'react';
import type { RunRecord } from '../api/types';
import { useReasons } from './useReasons';
import { Words } from './Words';

type Props = { run: Pick<RunRecord, 'reason' | 'outcome' | 'settled'>; otherwise?: ReactNode };

/** `otherwise` stands where nobody knows why. */
export function Reason({ run, otherwise }: Props) {
  const words = useReasons()(run);
  return words ? <Words said={run.reason} told={words} /> : otherwise;
}
