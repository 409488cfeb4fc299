// Chooses a time zone by typing part of its name. The reader's own zone stands on top.

import { Select } from '@mantine/core';
import { useMemo } from 'react';
import { t } from '../../i18n';
import { readerZone, zones } from '../../lib/time';
import { useField } from './context';
import { faultText } from './FaultText';

/** Rows of the list drawn at once; typing narrows it. */
const SHOWN_MAX = 60;

export function ZoneSelect() {
  const field = useField('timezone');
  const data = useMemo(() => {
    const own = readerZone();
    const all = new Set(['UTC', own, field.value, ...zones()]);
    return [...all].map((zone) => ({
      value: zone,
      label: zone === own && zone !== 'UTC' ? t('form.yours', { zone }) : zone,
    }));
  }, [field.value]);
  return (
    <Select
      name="timezone"
      label={t('form.timeZone')}
      description={t('form.inWhichTheScheduleIs')}
      data={data}
      value={field.value}
      onChange={(zone) => zone && field.set(zone)}
      searchable
      limit={SHOWN_MAX}
      allowDeselect={false}
      nothingFoundMessage={t('form.noZoneOfThatName')}
      error={faultText({ faults: field.faults, field: 'timezone' })}
    />
  );
}
