// A schedule in a list: a line in the server's words, and below it the zone; all of it and the text that was typed on hover.

import { t } from '../i18n';
import { langOf } from '../lib/language';
import classes from './row.module.css';

type Props = { text: string; words: string; zone: string };

export function Schedule({ text, words, zone }: Props) {
  const told = words || text;
  return (
    <div title={`${told}\n${text}\n${zone}`}>
      <div className={classes.line} lang={langOf(told)}>
        {told}
      </div>
      <div className={classes.below}>
        {zone}
        <span className="sr-only">{t('shell.writtenAs', { text })}</span>
      </div>
    </div>
  );
}
