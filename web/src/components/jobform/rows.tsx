// Fields with several rows: names with values, texts in order, granted directories.

import { ActionIcon, Button, Group, Input, Select, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { t } from '../../i18n';
import type { Dir, FieldName, JobForm, Pair } from '../../lib/jobform';
import { useField } from './context';
import { faultText } from './FaultText';
import classes from './jobform.module.css';

type Named<V> = { [K in FieldName]: JobForm[K] extends V ? K : never }[FieldName];
type Common = { label: string; help?: string; add: string };

export function PairRows({ name, ...rest }: Common & { name: Named<Pair[]> }) {
  const field = useField(name);
  return (
    <Rows
      {...rest}
      name={name}
      rows={field.value}
      set={field.set}
      empty={{ key: '', value: '' }}
      draw={(row, change, label) => (
        <>
          <TextInput
            aria-label={t('form.name', { label })}
            placeholder={t('common.nameWord')}
            style={{ flex: 1 }}
            className={classes.mono}
            value={row.key}
            onChange={(event) => change({ ...row, key: event.currentTarget.value })}
          />
          <TextInput
            aria-label={t('form.value', { label })}
            placeholder={t('common.value')}
            style={{ flex: 2 }}
            className={classes.mono}
            value={row.value}
            onChange={(event) => change({ ...row, value: event.currentTarget.value })}
          />
        </>
      )}
    />
  );
}

export function TextRows({ name, ...rest }: Common & { name: Named<string[]> }) {
  const field = useField(name);
  return (
    <Rows
      {...rest}
      name={name}
      rows={field.value}
      set={field.set}
      empty=""
      draw={(row, change, label) => (
        <TextInput
          aria-label={label}
          style={{ flex: 1 }}
          className={classes.mono}
          value={row}
          onChange={(event) => change(event.currentTarget.value)}
        />
      )}
    />
  );
}

const EMPTY_DIR: Dir = { host: '', guest: '', mode: 'ro' };
const modes = () => [
  { value: 'ro', label: t('form.readOnly') },
  { value: 'rw', label: t('form.readAndWrite') },
];

export function DirRows({ name, ...rest }: Common & { name: 'wasm.dirs' }) {
  const field = useField(name);
  return (
    <Rows
      {...rest}
      name={name}
      rows={field.value}
      set={field.set}
      empty={EMPTY_DIR}
      draw={(row, change, label) => (
        <>
          <TextInput
            aria-label={t('form.pathOnTheWorker', { label })}
            placeholder={t('form.srvInOnTheWorker')}
            style={{ flex: 2 }}
            className={classes.mono}
            value={row.host}
            onChange={(event) => change({ ...row, host: event.currentTarget.value })}
          />
          <TextInput
            aria-label={t('form.pathInTheModule', { label })}
            placeholder={t('form.inInTheModule')}
            style={{ flex: 2 }}
            className={classes.mono}
            value={row.guest}
            onChange={(event) => change({ ...row, guest: event.currentTarget.value })}
          />
          <Select
            aria-label={t('form.whatTheModuleMayDo', { label })}
            style={{ flex: 1 }}
            data={modes()}
            value={row.mode}
            allowDeselect={false}
            onChange={(mode) => change({ ...row, mode: mode === 'rw' ? 'rw' : 'ro' })}
          />
        </>
      )}
    />
  );
}

type RowsProps<R> = Common & {
  name: FieldName;
  rows: R[];
  set: (rows: R[]) => void;
  empty: R;
  draw: (row: R, change: (row: R) => void, label: string) => ReactNode;
};

function Rows<R>({ name, label, help, add, rows, set, empty, draw }: RowsProps<R>) {
  const { faults } = useField(name);
  return (
    <Input.Wrapper
      className={classes.wide}
      label={label}
      description={help}
      error={faultText({ faults, field: name })}
      labelElement="div"
      inputWrapperOrder={['label', 'description', 'input', 'error']}
    >
      <Stack gap={6} mt={6} role="group" aria-label={label}>
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place
          <Group key={at} gap={6} wrap="nowrap">
            {draw(row, (next) => set(rows.map((one, i) => (i === at ? next : one))), `${label} ${at + 1}`)}
            <ActionIcon
              aria-label={t('form.remove', { label, count: at + 1 })}
              onClick={() => set(rows.filter((_, i) => i !== at))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <div>
          <Button
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => set([...rows, empty])}
          >
            {add}
          </Button>
        </div>
      </Stack>
    </Input.Wrapper>
  );
}
