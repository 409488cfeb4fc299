// Chooses the module of a wasm job among those uploaded, by a tag or by itself, or uploads one in place.

import { Select, Stack } from '@mantine/core';
import { useModules } from '../../api/queries';
import { t } from '../../i18n';
import { bytes, sizeBytes } from '../../lib/quantity';
import { UploadArea } from '../Upload';
import { useField, useJobForm } from './context';
import { faultText } from './FaultText';
import classes from './jobform.module.css';

export function ModulePicker() {
  const field = useField('wasm.module');
  const modules = useModules();
  const { module: dropped, moduleTaken } = useJobForm();
  const choices = (modules.data?.modules ?? []).map((module) => ({
    value: module.digest,
    label: `${module.name} \u00b7 ${bytes(sizeBytes(module.size) ?? 0)} \u00b7 ${module.digest.slice(7, 19)}`,
  }));
  const tags = (modules.data?.modules ?? [])
    .flatMap((module) => module.tags.map((tag) => ({ value: tag, label: `${tag} (${module.name})` })))
    .sort((a, b) => a.value.localeCompare(b.value));
  choices.unshift(...tags);
  const known = choices.some(({ value }) => value === field.value);
  const all = field.value && !known ? [{ value: field.value, label: field.value }, ...choices] : choices;
  return (
    <Stack gap="xs" className={classes.wide}>
      <Select
        name="wasm.module"
        label={t('form.module')}
        description={t('form.whatRunsAJobKeeps')}
        placeholder={
          modules.isPending
            ? t('form.loading')
            : choices.length > 0
              ? t('form.chooseAModule')
              : t('form.noneUploadedYet')
        }
        data={all}
        value={field.value || null}
        onChange={(value) => field.set(value ?? '')}
        searchable
        nothingFoundMessage={t('form.noModuleOfThatName')}
        withAsterisk
        error={faultText({ faults: field.faults, field: 'wasm.module' })}
      />
      <UploadArea
        file={dropped}
        onUploaded={(module) => {
          field.set(module.digest);
          moduleTaken();
        }}
      />
    </Stack>
  );
}
