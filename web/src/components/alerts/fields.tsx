// Fields that forms of alerts share: a secret that is never shown, and what a rule or a mute concerns.

import { Button, Group, Input, PasswordInput, TagsInput, Text } from '@mantine/core';
import type { Fault } from '../../api/problem';
import { useJobNames, useWorkers } from '../../api/queries';
import { t } from '../../i18n';
import { HIDDEN, type OnlyForm } from '../../lib/alertform';
import { faultText } from '../jobform/FaultText';
import classes from './alerts.module.css';

export type Faults = Record<string, Fault[]>;

/** Returns what is wrong with a field, or nothing. */
export function wrong(faults: Faults, field: string) {
  return faultText({ faults: faults[field] ?? [] });
}

type SecretProps = {
  label: string;
  help?: string;
  value: string;
  set: (value: string) => void;
  error?: ReturnType<typeof wrong>;
};

/** A secret that is stored is told to be there; it can be replaced or taken out, and is never shown. */
export function SecretField({ label, help, value, set, error }: SecretProps) {
  if (value === HIDDEN) {
    return (
      <Input.Wrapper label={label} labelElement="div" error={error}>
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {t('alerts.isSetAndStaysAs')}
          </Text>
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t('alerts.replace', { label })}
            onClick={() => set('')}
          >
            {t('alerts.replaceOrTakeOut')}
          </Button>
        </Group>
      </Input.Wrapper>
    );
  }
  return (
    <PasswordInput
      label={label}
      description={help}
      autoComplete="new-password"
      value={value}
      onChange={(event) => set(event.currentTarget.value)}
      error={error}
      visibilityToggleButtonProps={{ 'aria-label': t('alerts.showWhatIsTyped', { label }) }}
    />
  );
}

type OnlyProps = { form: OnlyForm; set: (change: Partial<OnlyForm>) => void; faults: Faults };

/** What a rule or a mute is narrowed to; all that is named must hold. */
export function OnlyFields({ form, set, faults }: OnlyProps) {
  const jobs = useJobNames();
  const workers = useWorkers().data?.workers.map(({ identity }) => identity.id) ?? [];
  const all = form.jobs.length + form.labels.length + form.workers.length === 0;
  return (
    <Input.Wrapper
      label={t('alerts.onlyFor')}
      labelElement="div"
      description={all ? t('alerts.emptyForEverything') : t('alerts.allThatIsNamedMust')}
      inputWrapperOrder={['label', 'description', 'input']}
    >
      <div className={classes.only}>
        <TagsInput
          label={t('common.jobs')}
          placeholder={form.jobs.length > 0 ? undefined : t('alerts.anyJob')}
          data={jobs}
          value={form.jobs}
          onChange={(value) => set({ jobs: value })}
          acceptValueOnBlur
          error={wrong(faults, 'jobs')}
        />
        <TagsInput
          label={t('alerts.labelsOfJobs')}
          placeholder={form.labels.length > 0 ? undefined : 'team: data'}
          value={form.labels}
          onChange={(value) => set({ labels: value })}
          acceptValueOnBlur
          error={wrong(faults, 'labels')}
        />
        <TagsInput
          label={t('common.workers')}
          placeholder={form.workers.length > 0 ? undefined : t('alerts.anyWorker')}
          data={workers}
          value={form.workers}
          onChange={(value) => set({ workers: value })}
          acceptValueOnBlur
          error={wrong(faults, 'workers')}
        />
      </div>
    </Input.Wrapper>
  );
}
