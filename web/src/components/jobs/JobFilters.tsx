// Which jobs are shown and how: search, kind, state, labels, groups. All of it stands in the address.

import { Button, MultiSelect, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { memo } from 'react';
import { t, useLanguage } from '../../i18n';
import { isFiltered, type JobState, type View } from '../../lib/joblist';
import classes from './jobs.module.css';

const kinds = () => [
  { value: 'shell', label: t('jobs.shell') },
  { value: 'wasm', label: t('common.wasiModule') },
];
const states = (): { value: JobState; label: string }[] => [
  { value: 'enabled', label: t('common.enabled') },
  { value: 'paused', label: t('jobs.paused') },
  { value: 'disabled', label: t('jobs.disabled') },
  { value: 'running', label: t('common.runningNow') },
  { value: 'ended', label: t('common.endedTitle') },
];

type Props = {
  view: View;
  set: (change: Partial<View>) => void;
  /** Labels that jobs have, and the keys of them. */
  known: { keys: string[]; labels: string[] };
};

export const JobFilters = memo(function JobFilters({ view, set, known }: Props) {
  useLanguage();
  const labels = [...new Set([...view.labels, ...known.labels])];
  const keys = [...new Set([...(view.group ? [view.group] : []), ...known.keys])];
  return (
    <div className={classes.filters}>
      <TextInput
        aria-label={t('jobs.searchJobsByNameOr')}
        placeholder={t('jobs.search')}
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        size="xs"
        value={view.q}
        onChange={(event) => set({ q: event.currentTarget.value })}
      />
      <Select
        aria-label={t('jobs.state')}
        placeholder={t('jobs.anyState')}
        size="xs"
        data={states()}
        value={view.state ?? null}
        onChange={(value) => set({ state: (value as JobState) ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': t('jobs.anyState') }}
      />
      <Select
        aria-label={t('common.kind')}
        placeholder={t('jobs.anyKind')}
        size="xs"
        data={kinds()}
        value={view.kind ?? null}
        onChange={(value) => set({ kind: (value as View['kind']) ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': t('jobs.anyKind') }}
      />
      {labels.length > 0 && (
        <MultiSelect
          aria-label={t('common.labels')}
          placeholder={view.labels.length === 0 ? t('jobs.anyLabel') : undefined}
          size="xs"
          data={labels}
          value={view.labels}
          onChange={(value) => set({ labels: value })}
          searchable
          clearable
          limit={50}
          clearButtonProps={{ 'aria-label': t('jobs.anyLabel') }}
        />
      )}
      {keys.length > 0 && (
        <Select
          aria-label={t('jobs.groupByLabel')}
          placeholder={t('jobs.noGroups')}
          size="xs"
          data={keys.map((key) => ({ value: key, label: t('jobs.groupBy', { key }) }))}
          value={view.group ?? null}
          onChange={(value) => set({ group: value ?? undefined })}
          clearable
          clearButtonProps={{ 'aria-label': t('jobs.noGroups') }}
        />
      )}
      {isFiltered(view) && (
        <Button
          variant="default"
          onClick={() => set({ q: '', labels: [], kind: undefined, state: undefined })}
        >
          {t('common.clearTheFilters')}
        </Button>
      )}
    </div>
  );
});
