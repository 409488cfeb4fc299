// An end that may be left open: typed, or taken as so long from now.

import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../i18n';
import { inputOf } from '../lib/time';
import classes from './until.module.css';

const HOUR = 3_600_000;

type Props = { help: string; onChange: (until: string | undefined) => void };

export function UntilField({ help, onChange }: Props) {
  const [value, setValue] = useState('');
  const take = (next: string) => {
    setValue(next);
    const at = new Date(next);
    onChange(Number.isNaN(at.getTime()) ? undefined : at.toISOString());
  };
  const spans = [
    { label: t('alerts.anHour'), ms: HOUR },
    { label: t('alerts.fourHours'), ms: 4 * HOUR },
    { label: t('alerts.aDay'), ms: 24 * HOUR },
  ];
  return (
    <Group gap="xs" align="flex-start">
      <TextInput
        type="datetime-local"
        label={t('alerts.until')}
        description={help}
        min={inputOf(Date.now())}
        value={value}
        onChange={(event) => take(event.currentTarget.value)}
      />
      {spans.map(({ label, ms }) => (
        <Button
          key={label}
          className={classes.beside}
          size="compact-sm"
          variant="default"
          aria-label={t('alerts.for', { label })}
          onClick={() => take(inputOf(Date.now() + ms))}
        >
          {label}
        </Button>
      ))}
    </Group>
  );
}
