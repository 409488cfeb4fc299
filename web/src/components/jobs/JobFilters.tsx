// Which jobs are shown and how: search, kind, state, labels, groups. All of it stands in the address.

import { Button, MultiSelect, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { memo } from 'react';
import { isFiltered, type JobState, type View } from '../../lib/joblist';
import classes from './jobs.module.css';

const KINDS = [
  { value: 'shell', label: 'Shell' },
  { value: 'wasm', label: 'WASI module' },
];
const STATES: { value: JobState; label: string }[] = [
  { value: 'enabled', label: 'Enabled' },
  { value: 'paused', label: 'Paused' },
  { value: 'disabled', label: 'Disabled' },
  { value: 'running', label: 'Running now' },
  { value: 'ended', label: 'Ended' },
];

type Props = {
  view: View;
  set: (change: Partial<View>) => void;
  /** Labels that jobs have, and the keys of them. */
  known: { keys: string[]; labels: string[] };
};

export const JobFilters = memo(function JobFilters({ view, set, known }: Props) {
  const labels = [...new Set([...view.labels, ...known.labels])];
  const keys = [...new Set([...(view.group ? [view.group] : []), ...known.keys])];
  return (
    <div className={classes.filters}>
      <TextInput
        aria-label="Search jobs by name or description"
        placeholder="Search"
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        size="xs"
        value={view.q}
        onChange={(event) => set({ q: event.currentTarget.value })}
      />
      <Select
        aria-label="State"
        placeholder="Any state"
        size="xs"
        data={STATES}
        value={view.state ?? null}
        onChange={(value) => set({ state: (value as JobState) ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': 'Any state' }}
      />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        size="xs"
        data={KINDS}
        value={view.kind ?? null}
        onChange={(value) => set({ kind: (value as View['kind']) ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': 'Any kind' }}
      />
      {labels.length > 0 && (
        <MultiSelect
          aria-label="Labels"
          placeholder={view.labels.length === 0 ? 'Any label' : undefined}
          size="xs"
          data={labels}
          value={view.labels}
          onChange={(value) => set({ labels: value })}
          searchable
          clearable
          limit={50}
          clearButtonProps={{ 'aria-label': 'Any label' }}
        />
      )}
      {keys.length > 0 && (
        <Select
          aria-label="Group by label"
          placeholder="No groups"
          size="xs"
          data={keys.map((key) => ({ value: key, label: `Group by ${key}` }))}
          value={view.group ?? null}
          onChange={(value) => set({ group: value ?? undefined })}
          clearable
          clearButtonProps={{ 'aria-label': 'No groups' }}
        />
      )}
      {isFiltered(view) && (
        <Button
          variant="default"
          onClick={() => set({ q: '', labels: [], kind: undefined, state: undefined })}
        >
          Clear the filters
        </Button>
      )}
    </div>
  );
});
