// What nobody hears of for a while: each mute has an end and a reason, and who set it stands with it.

import { Badge, Button, Group, MultiSelect, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Condition, Mute } from '../../api/types';
import { useNow } from '../../design/now';
import { Time } from '../../design/Time';
import { t, tx } from '../../i18n';
import { type MuteForm, muteForm, muteOf, newMute, onlyWords } from '../../lib/alertform';
import { inputOf, instant } from '../../lib/time';
import classes from './alerts.module.css';
import { conditions, conditionWords } from './conditions';
import { OnlyFields, wrong } from './fields';
import { ItemForm } from './ItemForm';
import { type FormProps, ItemList } from './ItemList';
import { useItemEditor } from './useItemEditor';

export function Mutes() {
  return (
    <ItemList<Mute>
      part="mutes"
      add={t('alerts.addAMute')}
      least="operator"
      about={t('alerts.whatNobodyHearsOfUntil')}
      empty={t('alerts.beforeWorkOnAMachine')}
      removal={() => t('alerts.fromNowOnPeopleAre')}
      row={(mute) => <Row mute={mute} />}
      Form={MuteFormDialog}
    />
  );
}

function Row({ mute: { name, on = [], only, until, reason, by } }: { mute: Mute }) {
  const now = useNow();
  const ended = (instant(until) ?? 0) <= now;
  return (
    <>
      <Group gap="xs">
        <Text span fw={600}>
          {name}
        </Text>
        {ended ? (
          <Badge variant="default">{t('common.ended')}</Badge>
        ) : (
          <Text span size="sm">
            {tx('alerts.ends', { until: <Time at={until} /> })}
          </Text>
        )}
      </Group>
      <Text size="sm">
        {on.length > 0
          ? t('alerts.conditionsOf', {
              conditions: on.map(conditionWords).join(t('common.comma')),
              only: onlyWords(only),
            })
          : t('alerts.allOf', { only: onlyWords(only) })}
      </Text>
      <Text size="sm" c="dimmed">
        {reason}
        {by && t('alerts.says', { by })}
      </Text>
    </>
  );
}

const SPANS: { label: string; ms: number }[] = [
  {
    get label() {
      return t('alerts.anHour');
    },
    ms: 3_600_000,
  },
  {
    get label() {
      return t('alerts.fourHours');
    },
    ms: 4 * 3_600_000,
  },
  {
    get label() {
      return t('alerts.aDay');
    },
    ms: 86_400_000,
  },
  {
    get label() {
      return t('alerts.aWeek');
    },
    ms: 7 * 86_400_000,
  },
];

const FIELDS = ['name', 'on', 'until', 'reason', 'jobs', 'labels', 'workers'];

function MuteFormDialog({ read, item, onClose }: FormProps<Mute>) {
  const [form, setForm] = useState<MuteForm>(() => (item ? muteForm(item) : newMute(Date.now())));
  const editor = useItemEditor({ part: 'mutes', read, before: item?.name, fields: FIELDS, onSaved: onClose });
  const set = (change: Partial<MuteForm>) => setForm((now) => ({ ...now, ...change }));
  const { faults } = editor;
  return (
    <ItemForm
      title={item ? t('alerts.changeMute', { name: item.name }) : t('alerts.addAMute')}
      problem={editor.problem}
      saving={editor.saving}
      onClose={onClose}
      onSubmit={() => void editor.save(muteOf(form))}
    >
      <TextInput
        label={t('common.name')}
        placeholder="disk-move"
        data-autofocus={item === undefined || undefined}
        value={form.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={wrong(faults, 'name')}
      />
      <Textarea
        label={t('common.why')}
        placeholder={t('alerts.theDiskOfDb1Is')}
        autosize
        value={form.reason}
        onChange={(event) => set({ reason: event.currentTarget.value })}
        error={wrong(faults, 'reason')}
      />
      <Group gap="xs" align="flex-start">
        <TextInput
          type="datetime-local"
          label={t('alerts.until')}
          description={t('alerts.inYourZoneWithin90')}
          value={localOf(form.until)}
          onChange={(event) => {
            const at = new Date(event.currentTarget.value);
            if (!Number.isNaN(at.getTime())) set({ until: at.toISOString() });
          }}
          error={wrong(faults, 'until')}
        />
        {SPANS.map(({ label, ms }) => (
          <Button
            key={label}
            className={classes.beside}
            size="compact-sm"
            variant="default"
            aria-label={t('alerts.for', { label })}
            onClick={() => set({ until: new Date(Date.now() + ms).toISOString() })}
          >
            {label}
          </Button>
        ))}
      </Group>
      <OnlyFields form={form} set={set} faults={faults} />
      <MultiSelect
        label={t('common.when')}
        data={conditions()}
        value={form.on}
        onChange={(on) => set({ on: on as Condition[] })}
        placeholder={form.on.length > 0 ? undefined : t('alerts.allOfIt')}
        searchable
        hidePickedOptions
        error={wrong(faults, 'on')}
      />
    </ItemForm>
  );
}

/** Returns an instant as an input of the reader's zone takes it. */
function localOf(text: string): string {
  const at = instant(text);
  if (at === undefined) return '';
  return inputOf(at);
}
