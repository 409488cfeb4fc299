// Chooses the language of the page: at once, for this browser, also after a reload.
//
// Each language stands there by its own name, so that it is found by those who read it.

import { Menu, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { refresh } from '../api/queries';
import { choose, LANGUAGES, type Language, LOCALES, t, useLanguage } from '../i18n';
import { failed } from './toast';

const ALL = Object.keys(LANGUAGES) as Language[];

function useChoice(): (next: Language) => Promise<void> {
  const client = useQueryClient();
  return async (next) => {
    try {
      await choose(next);
    } catch (error) {
      return failed(t('shell.languageNotLoaded'), error);
    }
    // What the server says in words is asked for again.
    void refresh(client);
  };
}

/** The languages as items of a menu. */
export function LanguageItems() {
  const now = useLanguage();
  const take = useChoice();
  return (
    <>
      <Menu.Label>{t('shell.language')}</Menu.Label>
      <Menu.RadioGroup value={now} onChange={(next) => void take(next as Language)}>
        {ALL.map((one) => (
          <Menu.RadioItem key={one} value={one} lang={LOCALES[one]} closeMenuOnClick>
            {LANGUAGES[one]}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}

/** The same as a field, for a page without the menu. */
export function LanguageField() {
  const now = useLanguage();
  const take = useChoice();
  return (
    <Select
      size="xs"
      w={130}
      aria-label={t('shell.language')}
      data={ALL.map((value) => ({ value, label: LANGUAGES[value] }))}
      value={now}
      allowDeselect={false}
      onChange={(next) => next && void take(next as Language)}
    />
  );
}
