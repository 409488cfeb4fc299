// Words of the server, or what they are in the reader's language with the server's own on hover.

import { LOCALES, language } from '../i18n';
import { langOf } from '../lib/language';

type Props = {
  /** As the server says it. */
  said: string | undefined;
  /** In the reader's language, where that is known. */
  told: string | undefined;
};

export function Words({ said, told }: Props) {
  return (
    <span data-reason lang={langOf(said)} title={said}>
      {told === undefined || told === said ? said : <span lang={LOCALES[language()]}>{told}</span>}
    </span>
  );
}
