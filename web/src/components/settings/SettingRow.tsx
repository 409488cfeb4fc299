// One setting: its field, what it does, what is in force and where that comes from, and the way back to the configuration.

import { Button, NumberInput, Text, TextInput } from '@mantine/core';
import { useRef } from 'react';
import type { Fault } from '../../api/problem';
import { Facts } from '../../design/Facts';
import { t } from '../../i18n';
import { formOf, type SettingName, valueWords } from '../../lib/settings';
import { faultText } from '../jobform/FaultText';
import classes from './settings.module.css';
import type { Edit } from './useSettingsEditor';
import { wordsOf } from './words';

type Props = { name: SettingName; shown: Edit; set: (value: string) => void; faults?: Fault[] };

export function SettingRow({ name, shown: { base, form }, set, faults = [] }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const { label, help, unit } = wordsOf(name);
  const before = formOf(base.settings)[name];
  const isSet = before !== '';
  const typed = form[name];
  const field = {
    ref: input,
    name,
    label,
    description: help,
    className: classes.field,
    classNames: { wrapper: classes.input },
    value: typed,
    placeholder: isSet ? t('settings.asConfigured') : String(base.in_force[name]),
    error: faultText({ faults, field: name }),
    autoComplete: 'off',
  };
  const reset = () => {
    set('');
    // The button goes with what it took back.
    input.current?.focus();
  };
  return (
    <li className={classes.setting} data-setting={name}>
      {unit === undefined ? (
        <TextInput {...field} onChange={(event) => set(event.currentTarget.value)} spellCheck={false} />
      ) : (
        <NumberInput
          {...field}
          onChange={(value) => set(String(value))}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          hideControls
          rightSection={
            <Text span size="xs" c="dimmed" aria-hidden>
              {unit}
            </Text>
          }
          rightSectionWidth={78}
          rightSectionPointerEvents="none"
        />
      )}
      <div className={classes.stands}>
        <Facts
          facts={[
            {
              name: t('settings.inForce'),
              value: <span data-in-force>{valueWords(name, base.in_force[name])}</span>,
            },
            {
              name: t('settings.comesFrom'),
              value: (
                <span data-source={isSet ? 'set' : 'configured'}>
                  {isSet ? t('settings.setHere') : t('settings.theConfiguration')}
                </span>
              ),
            },
          ]}
        />
        <div className={classes.way}>
          {typed !== '' && (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t('settings.asConfiguredOf', { label })}
              onClick={reset}
            >
              {t('settings.asConfiguredTitle')}
            </Button>
          )}
          {typed.trim() !== before && (
            <Text span size="sm" c="dimmed">
              {t('form.notSavedYet')}
            </Text>
          )}
        </div>
      </div>
    </li>
  );
}
