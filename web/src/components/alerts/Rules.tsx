// Who hears of what, of jobs that name no channels themselves and of workers and stores.

import { Group, MultiSelect, NumberInput, Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useAlertPart } from '../../api/queries';
import type { Condition, Rule } from '../../api/types';
import { NEW_RULE, onlyWords, type RuleForm, ruleForm, ruleOf } from '../../lib/alertform';
import { CONDITIONS, conditionWords } from './conditions';
import { OnlyFields, wrong } from './fields';
import { ItemForm } from './ItemForm';
import { type FormProps, ItemList } from './ItemList';
import { useItemEditor } from './useItemEditor';

export function Rules() {
  return (
    <ItemList<Rule>
      part="rules"
      one="rule"
      least="editor"
      about="Who hears of what, of all jobs that name no channels themselves, and of workers and stores."
      empty="Without a rule only jobs that name channels themselves are told of."
      removal={({ channels }) => `${channels.join(', ')} will not hear of it by this rule.`}
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
          to {channels.join(', ')}
        </Text>
      </Group>
      <Text size="sm">{on.map(conditionWords).join(', ')}</Text>
      <Text size="sm" c="dimmed">
        of {onlyWords(only)}
        {failureWords(failures)}
      </Text>
    </>
  );
}

function failureWords(failures: Rule['failures']): string {
  if (failures === 'first') return '; the first failure after a success';
  if (typeof failures === 'object') return `; the failure that is ${failures.in_a_row} in a row`;
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
      title={item ? `Change rule ${item.name}` : 'Add a rule'}
      problem={editor.problem}
      saving={editor.saving}
      onClose={onClose}
      onSubmit={() => void editor.save(ruleOf(form))}
    >
      <TextInput
        label="Name"
        placeholder="all-failures"
        data-autofocus={item === undefined || undefined}
        value={form.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={wrong(faults, 'name')}
      />
      <MultiSelect
        label="When"
        data={CONDITIONS}
        value={form.on}
        onChange={(on) => set({ on: on as Condition[] })}
        searchable
        hidePickedOptions
        error={wrong(faults, 'on')}
      />
      <MultiSelect
        label="Tell"
        description={names.length === 0 ? 'There is no channel yet: add one first' : undefined}
        data={[...new Set([...names, ...form.channels])]}
        value={form.channels}
        onChange={(chosen) => set({ channels: chosen })}
        placeholder={form.channels.length > 0 ? undefined : 'which channels'}
        error={wrong(faults, 'channels')}
      />
      <Group gap="sm" align="flex-start">
        <Select
          label="Of several failures"
          data={[
            { value: 'each', label: 'each' },
            { value: 'first', label: 'the first after a success' },
            { value: 'in_a_row', label: 'the one that is so many in a row' },
          ]}
          w={260}
          value={form.failures}
          allowDeselect={false}
          onChange={(failures) => failures && set({ failures: failures as RuleForm['failures'] })}
          error={wrong(faults, 'failures')}
        />
        {form.failures === 'in_a_row' && (
          <NumberInput
            label="In a row"
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
