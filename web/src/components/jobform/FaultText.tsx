// What is wrong with a field; a text with a caret keeps its columns.

import type { Fault } from '../../api/problem';
import { sentence } from '../../api/problem';
import { langOf } from '../../lib/language';
import classes from './jobform.module.css';

type Props = { faults: Fault[]; field?: string };

/** Returns nothing when nothing is wrong, so that a field shows no empty error. */
export function faultText({ faults, field }: Props) {
  if (faults.length === 0) return undefined;
  return faults.map((fault) => {
    const [first, ...pointed] = fault.message.split('\n');
    const inside =
      field !== undefined && fault.path !== field
        ? `${fault.path.slice(field.length).replace(/^\./, '')}: `
        : '';
    return (
      <span key={`${fault.path} ${fault.message}`} className={classes.fault}>
        <span lang={langOf(fault.message)}>
          {inside}
          {inside ? first : sentence(first ?? '')}
          {pointed.length > 0 && <span className={classes.pointed}>{pointed.join('\n')}</span>}
        </span>
        {fault.hint && (
          <span className={classes.hint} lang={langOf(fault.hint)}>
            {sentence(fault.hint)}
          </span>
        )}
      </span>
    );
  });
}
