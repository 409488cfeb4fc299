// Who hears of what, of jobs that name no channels themselves and of workers and stores.

import { Group, MultiSelect, NumberInput, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAlertPart } from '../../api/queries';
import type { Condition, Rule } from '../../api/types';
import { t } from '../../i18n';
import { NEW_RULE, onlyWords, type RuleForm, ruleForm, ruleOf } from '../../lib/alertform';
import { conditions, conditionWords } from './conditions';
import { OnlyFields, wrong } from './fields';
import { ItemForm } from './ItemForm';
import { type FormProps, ItemList } from './ItemList';
import { useItemEditor } from './useItemEditor';

export function Rules() {
  return (
    <ItemList<Rule>
      part="rules"
      add={t('alerts.addARule')}
      least="editor"
      about={t('alerts.whoHearsOfWhatOf')}
      empty={t('alerts.withoutARuleOnlyJobs')}
      removal={({ channels }) => t('alerts.willNotHearOfIt', { channels: channels.join(', ') })}
      row={(rule) => <Row rule={rule} />}
      Form={RuleFormDialog}
    />
  );
}

function Row({ rule: { name, on, only, failures, channels } }: { rule: Rule }) {
  return (
    <>
      <Group gap="xs">
        <Text span fw={600}>
          {name}
        </Text>
        <Text span size="sm" c="dimmed">
          {t('alerts.to', { channels: channels.join(', ') })}
        </Text>
      </Group>
      <Text size="sm">{on.map(conditionWords).join(t('common.comma'))}</Text>
      <Text size="sm" c="dimmed">
        {t('alerts.of', { only: onlyWords(only), failures: failureWords(failures) })}
      </Text>
    </>
  );
}

function failureWords(failures: Rule['failures']): string {
  if (failures === 'first') return t('alerts.theFirstFailureAfterA');
  if (typeof failures === 'object') return t('alerts.theFailureThatIsIn', { in_a_row: failures.in_a_row });
  return '';
}

function RuleFormDialog({ read, item, onClose }: FormProps<Rule>) {
  const [form, setForm] = useState<RuleForm>(() => (item ? ruleForm(item) : NEW_RULE));
  const channels = useAlertPart('channels');
  const names =
    channels.data && 'channels' in channels.data.list
      ? channels.data.list.channels.map(({ name }) => name)
      : [];
  const editor = useItemEditor({
    part: 'rules',
    read,
    before: item?.name,
    fields: Object.keys(NEW_RULE),
    onSaved: onClose,
  });
  const set = (change: Partial<RuleForm>) => setForm((now) => ({ ...now, ...change }));
  const { faults } = editor;
  return (
    <ItemForm
      title={item ? t('alerts.changeRule', { name: item.name }) : t('alerts.addARule')}
      problem={editor.problem}
      saving={editor.saving}
      onClose={onClose}
      onSubmit={() => void editor.save(ruleOf(form))}
    >
      <TextInput
        label={t('common.name')}
        placeholder="all-failures"
        data-autofocus={item === undefined || undefined}
        value={form.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={wrong(faults, 'name')}
      />
      <MultiSelect
        label={t('common.when')}
        data={conditions()}
        value={form.on}
        onChange={(on) => set({ on: on as Condition[] })}
        searchable
        hidePickedOptions
        error={wrong(faults, 'on')}
      />
      <MultiSelect
        label={t('alerts.tell')}
        description={names.length === 0 ? t('alerts.thereIsNoChannelYet') : undefined}
        data={[...new Set([...names, ...form.channels])]}
        value={form.channels}
        onChange={(chosen) => set({ channels: chosen })}
        placeholder={form.channels.length > 0 ? undefined : t('alerts.whichChannels')}
        error={wrong(faults, 'channels')}
      />
      <Group gap="sm" align="flex-start">
        <Select
          label={t('alerts.ofSeveralFailures')}
          data={[
            { value: 'each', label: t('alerts.each') },
            { value: 'first', label: t('alerts.theFirstAfterASuccess') },
            { value: 'in_a_row', label: t('alerts.theOneThatIsSo') },
          ]}
          w={260}
          value={form.failures}
          allowDeselect={false}
          onChange={(failures) => failures && set({ failures: failures as RuleForm['failures'] })}
          error={wrong(faults, 'failures')}
        />
        {form.failures === 'in_a_row' && (
          <NumberInput
            label={t('alerts.inARow')}
            w={110}
            value={form.in_a_row}
            onChange={(many) => set({ in_a_row: many === '' ? '' : Number(many) })}
            error={wrong(faults, 'in_a_row')}
          />
        )}
      </Group>
      <OnlyFields form={form} set={set} faults={faults} />
    </ItemForm>
  );
}
