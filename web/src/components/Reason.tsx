// Why a run ended, in the reader's language, with the server's own words on hover: those are searched for and quoted.

import type { ReactNode } from 'react';
import type { RunRecord } from '../api/types';
import { LOCALES, language } from '../i18n';
import { langOf } from '../lib/language';
import { useReasons } from './useReasons';

type Props = { run: Pick<RunRecord, 'reason' | 'outcome'>; otherwise?: ReactNode };

/** `otherwise` stands where nobody knows why. */
export function Reason({ run, otherwise }: Props) {
  const words = useReasons()(run);
  if (!words) return otherwise;
  const { reason } = run;
  if (words === reason) {
    return (
      <span data-reason lang={langOf(reason)} title={reason}>
        {reason}
      </span>
    );
  }
  return (
    <span data-reason lang={langOf(reason)} title={reason}>
      <span lang={LOCALES[language()]}>{words}</span>
    </span>
  );
}
