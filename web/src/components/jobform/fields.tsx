// The kinds of fields that the job form is made of, each bound to its path in the API.
//
// All of them show the server's errors for their path. Not here: which fields there are (the sections).

import { NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../../i18n';
import type { FieldName, JobForm, Num } from '../../lib/jobform';
import { useField } from './context';
import { faultText } from './FaultText';
import classes from './jobform.module.css';

/** Names of the fields whose value is a `V`. */
type Named<V> = {
  [K in FieldName]: JobForm[K] extends V ? (V extends JobForm[K] ? K : never) : never;
}[FieldName];

type Common = { label: string; help?: ReactNode; className?: string };

type TextProps = Common & {
  name: Named<string>;
  placeholder?: string;
  mono?: boolean;
  required?: boolean;
  readOnly?: boolean;
};

export function TextField({ name, label, help, className, mono, ...rest }: TextProps) {
  const field = useField(name);
  return (
    <TextInput
      {...rest}
      name={name}
      label={label}
      description={help}
      className={[className, mono && classes.mono].filter(Boolean).join(' ')}
      value={field.value}
      onChange={(event) => field.set(event.currentTarget.value)}
      error={faultText({ faults: field.faults, field: name })}
      autoComplete="off"
      spellCheck={mono ? false : undefined}
      withAsterisk={rest.required}
      required={false}
    />
  );
}

type AreaProps = Common & { name: Named<string>; placeholder?: string; rows: number; required?: boolean };

export function AreaField({ name, label, help, className, rows, placeholder, required }: AreaProps) {
  const field = useField(name);
  return (
    <Textarea
      name={name}
      label={label}
      description={help}
      className={[className, classes.mono].filter(Boolean).join(' ')}
      value={field.value}
      onChange={(event) => field.set(event.currentTarget.value)}
      error={faultText({ faults: field.faults, field: name })}
      autosize
      minRows={rows}
      maxRows={30}
      placeholder={placeholder}
      withAsterisk={required}
      spellCheck={false}
      autoComplete="off"
    />
  );
}

type NumberProps = Common & { name: Named<Num>; placeholder?: string; step?: number };

export function NumberField({ name, label, help, ...rest }: NumberProps) {
  const field = useField(name);
  return (
    <NumberInput
      {...rest}
      name={name}
      label={label}
      description={help}
      min={0}
      clampBehavior="none"
      thousandSeparator=" "
      hideControls
      value={field.value}
      onChange={(value) => field.set(value === '' ? '' : Number(value))}
      error={faultText({ faults: field.faults, field: name })}
    />
  );
}

type ChoiceProps<K extends FieldName> = Common & { name: K; choices: Record<JobForm[K] & string, string> };

export function ChoiceField<K extends FieldName>({ name, label, help, choices, className }: ChoiceProps<K>) {
  const field = useField(name);
  return (
    <Select
      name={name}
      label={label}
      description={help}
      className={className}
      data={Object.entries<string>(choices).map(([value, text]) => ({ value, label: text }))}
      value={String(field.value)}
      onChange={(value) => value && field.set(value as JobForm[K])}
      allowDeselect={false}
      error={faultText({ faults: field.faults, field: name })}
    />
  );
}

type SwitchProps = Common & { name: Named<boolean> };

export function SwitchField({ name, label, help, className }: SwitchProps) {
  const field = useField(name);
  return (
    <Switch
      name={name}
      label={label}
      description={help}
      className={className}
      checked={field.value}
      onChange={(event) => field.set(event.currentTarget.checked)}
      error={faultText({ faults: field.faults, field: name })}
    />
  );
}

type TagsProps = Common & { name: Named<string[]>; placeholder?: string };

export function TagsField({ name, label, help, placeholder, className }: TagsProps) {
  const field = useField(name);
  return (
    <TagsInput
      name={name}
      label={label}
      description={help}
      className={className}
      value={field.value}
      onChange={field.set}
      placeholder={field.value.length > 0 ? undefined : placeholder}
      error={faultText({ faults: field.faults, field: name })}
      acceptValueOnBlur
      clearable
      clearButtonProps={{ 'aria-label': t('form.clear', { label }) }}
    />
  );
}
