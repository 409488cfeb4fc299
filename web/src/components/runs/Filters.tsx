// The filters of the list of runs. What they say stands in the address; what does not read stays in its field with a word.

import { MultiSelect, Select, Switch, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { TypedFilter } from '../../design/TypedFilter';
import { t } from '../../i18n';
import { spanMs } from '../../lib/quantity';
import type { RunView } from '../../lib/runfilter';
import { inputOf } from '../../lib/time';
import { RUN_STATUSES, STATUS, TRIGGERS } from '../status';
import classes from './filters.module.css';

const statusChoices = () => RUN_STATUSES.map((value) => ({ value, label: STATUS[value].text }));
const triggerChoices = () => Object.entries(TRIGGERS).map(([value, label]) => ({ value, label }));

const SPAN = 'custom';
const spans = () => [
  { value: '15m', label: t('runs.theLast15Min') },
  { value: '1h', label: t('runs.theLastHour') },
  { value: '6h', label: t('runs.theLast6H') },
  { value: '24h', label: t('runs.theLast24H') },
  { value: '7d', label: t('runs.theLast7Days') },
  { value: SPAN, label: t('runs.fromTo') },
];

type Props = { view: RunView; set: (change: RunView) => void };

export function Filters({ view, set }: Props) {
  return (
    <search className={classes.filters} aria-label={t('runs.filterRuns')}>
      <TypedFilter
        label={t('common.job')}
        value={view.job}
        onSettled={(job) => set({ job })}
        placeholder={t('common.exactName')}
        w="100%"
      />
      <MultiSelect
        label={t('runs.status')}
        size="xs"
        data={statusChoices()}
        value={view.status?.split(',') ?? []}
        onChange={(values) => set({ status: values.join(',') })}
        placeholder={view.status ? undefined : t('common.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('runs.anyStatus') }}
      />
      <Select
        label={t('common.trigger')}
        size="xs"
        data={triggerChoices()}
        value={view.trigger ?? null}
        onChange={(value) => set({ trigger: value ?? undefined })}
        placeholder={t('common.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('runs.anyTrigger') }}
      />
      <TypedFilter
        label={t('common.worker')}
        value={view.worker}
        onSettled={(worker) => set({ worker })}
        placeholder={t('common.any')}
        w="100%"
      />
      <When view={view} set={set} />
      <SpanFilter
        label={t('runs.tookAtLeast')}
        value={view.duration_min}
        set={(duration_min) => set({ duration_min })}
      />
      <SpanFilter
        label={t('runs.tookAtMost')}
        value={view.duration_max}
        set={(duration_max) => set({ duration_max })}
      />
      <Switch
        label={t('runs.hideScheduledRunsThatSucceeded')}
        size="xs"
        className={classes.wide}
        checked={view.quiet ?? false}
        onChange={(event) => set({ quiet: event.currentTarget.checked })}
      />
    </search>
  );
}

function When({ view, set }: Props) {
  const isSpan = Boolean(view.from || view.to);
  const [open, setOpen] = useState(isSpan);
  const value = view.within ?? (isSpan || open ? SPAN : null);
  const known = spans();
  const choices =
    value && !known.some((one) => one.value === value) ? [...known, { value, label: value }] : known;
  return (
    <>
      <Select
        label={t('common.scheduled')}
        size="xs"
        data={choices}
        value={value}
        placeholder={t('runs.anyTime')}
        clearable
        clearButtonProps={{ 'aria-label': t('runs.anyTimeTitle') }}
        onChange={(next) => {
          setOpen(next === SPAN);
          if (next === SPAN) set({ within: undefined });
          else set({ within: next ?? undefined, from: undefined, to: undefined });
        }}
      />
      {value === SPAN && (
        <>
          <InstantFilter label={t('runs.from')} value={view.from} set={(from) => set({ from })} />
          <InstantFilter label={t('runs.to')} value={view.to} set={(to) => set({ to })} />
        </>
      )}
    </>
  );
}

type FieldProps = { label: string; value?: string; set: (value: string | undefined) => void };

/** An instant in the reader's zone; the address has it in UTC. */
function InstantFilter({ label, value, set }: FieldProps) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      size="xs"
      value={localOf(value)}
      onChange={(event) => {
        const at = new Date(event.currentTarget.value);
        set(Number.isNaN(at.getTime()) ? undefined : at.toISOString());
      }}
    />
  );
}

function localOf(value: string | undefined): string {
  const at = Date.parse(value ?? '');
  if (Number.isNaN(at)) return '';
  return inputOf(at);
}

function SpanFilter({ label, value = '', set }: FieldProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const reads = text.trim() === '' || spanMs(text.trim()) !== undefined;
  const take = () => {
    if (reads && text.trim() !== value) set(text.trim() || undefined);
  };
  return (
    <TextInput
      label={label}
      size="xs"
      placeholder="90s, 5m"
      value={text}
      error={reads ? undefined : t('runs.like90sOr1h30m')}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take()}
    />
  );
}
