// The filters of the list of runs. What they say stands in the address; what does not read stays in its field with a word.

import { MultiSelect, Select, Switch, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { TypedFilter } from '../../design/TypedFilter';
import { spanMs } from '../../lib/quantity';
import type { RunView } from '../../lib/runfilter';
import { RUN_STATUSES, STATUS, TRIGGERS } from '../status';
import classes from './filters.module.css';

const STATUS_CHOICES = RUN_STATUSES.map((value) => ({ value, label: STATUS[value].text }));
const TRIGGER_CHOICES = Object.entries(TRIGGERS).map(([value, label]) => ({ value, label }));

const SPAN = 'custom';
const TIMES = [
  { value: '15m', label: 'the last 15 min' },
  { value: '1h', label: 'the last hour' },
  { value: '6h', label: 'the last 6 h' },
  { value: '24h', label: 'the last 24 h' },
  { value: '7d', label: 'the last 7 days' },
  { value: SPAN, label: 'from … to …' },
];

type Props = { view: RunView; set: (change: RunView) => void };

export function Filters({ view, set }: Props) {
  return (
    <search className={classes.filters} aria-label="Filter runs">
      <TypedFilter
        label="Job"
        value={view.job}
        onSettled={(job) => set({ job })}
        placeholder="exact name"
        w="100%"
      />
      <MultiSelect
        label="Status"
        size="xs"
        data={STATUS_CHOICES}
        value={view.status?.split(',') ?? []}
        onChange={(values) => set({ status: values.join(',') })}
        placeholder={view.status ? undefined : 'any'}
        clearable
        clearButtonProps={{ 'aria-label': 'Any status' }}
      />
      <Select
        label="Trigger"
        size="xs"
        data={TRIGGER_CHOICES}
        value={view.trigger ?? null}
        onChange={(value) => set({ trigger: value ?? undefined })}
        placeholder="any"
        clearable
        clearButtonProps={{ 'aria-label': 'Any trigger' }}
      />
      <TypedFilter
        label="Worker"
        value={view.worker}
        onSettled={(worker) => set({ worker })}
        placeholder="any"
        w="100%"
      />
      <When view={view} set={set} />
      <SpanFilter
        label="Took at least"
        value={view.duration_min}
        set={(duration_min) => set({ duration_min })}
      />
      <SpanFilter
        label="Took at most"
        value={view.duration_max}
        set={(duration_max) => set({ duration_max })}
      />
      <Switch
        label="Hide scheduled runs that succeeded"
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
  const choices =
    value && !TIMES.some((one) => one.value === value) ? [...TIMES, { value, label: value }] : TIMES;
  return (
    <>
      <Select
        label="Scheduled"
        size="xs"
        data={choices}
        value={value}
        placeholder="any time"
        clearable
        clearButtonProps={{ 'aria-label': 'Any time' }}
        onChange={(next) => {
          setOpen(next === SPAN);
          if (next === SPAN) set({ within: undefined });
          else set({ within: next ?? undefined, from: undefined, to: undefined });
        }}
      />
      {value === SPAN && (
        <>
          <InstantFilter label="From" value={view.from} set={(from) => set({ from })} />
          <InstantFilter label="To" value={view.to} set={(to) => set({ to })} />
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
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
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
      error={reads ? undefined : 'like 90s or 1h30m'}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take()}
    />
  );
}
