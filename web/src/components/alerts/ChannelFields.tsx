// The fields of a channel that its kind has: an address with its secret, a mail server, a job.

import { NumberInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useJobNames } from '../../api/queries';
import { t } from '../../i18n';
import type { ChannelForm } from '../../lib/alertform';
import classes from './alerts.module.css';
import { type Faults, SecretField, wrong } from './fields';

type Set = (change: Partial<ChannelForm>) => void;
type FieldsProps = { form: ChannelForm; set: Set; faults: Faults };

export function KindFields(props: FieldsProps) {
  const { form } = props;
  if (form.type === 'email') return <MailFields {...props} />;
  if (form.type === 'job') return <JobField {...props} />;
  return <AddressFields {...props} />;
}

/** An address that bears a secret is shown without it, and stays as it is while nobody types another. */
function AddressFields({ form, set, faults }: FieldsProps) {
  const stays = form.url.endsWith('***');
  return (
    <>
      <TextInput
        className={classes.wide}
        label={t('alerts.address')}
        description={stays ? t('alerts.staysAsItIsType') : undefined}
        placeholder="https://hooks.example/…"
        value={form.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
        error={wrong(faults, 'url')}
        autoComplete="off"
        spellCheck={false}
      />
      {form.type !== 'slack' && (
        <div className={classes.wide}>
          <SecretField
            label={t('alerts.secret')}
            help={form.type === 'webhook' ? t('alerts.theKeyOfTheSignature') : t('alerts.ofTheBotWhereIt')}
            value={form.secret}
            set={(secret) => set({ secret })}
            error={wrong(faults, 'secret')}
          />
        </div>
      )}
      {form.type === 'webhook' && (
        <Textarea
          className={classes.wide}
          label={t('alerts.body')}
          description={t('alerts.inPlaceOfOursStand')}
          placeholder={'{"message": {{text}}}'}
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          value={form.template}
          onChange={(event) => set({ template: event.currentTarget.value })}
          error={wrong(faults, 'template')}
        />
      )}
    </>
  );
}

function MailFields({ form, set, faults }: FieldsProps) {
  return (
    <>
      <TextInput
        label={t('alerts.mailServer')}
        description={t('alerts.byTheNameInIts')}
        placeholder="mail.example.org"
        value={form.server}
        onChange={(event) => set({ server: event.currentTarget.value })}
        error={wrong(faults, 'server')}
      />
      <Select
        label={t('alerts.encryption')}
        description={t('alerts.thereIsNoWayIn')}
        data={[
          { value: 'starttls', label: 'STARTTLS' },
          { value: 'tls', label: t('alerts.tlsFromTheStart') },
        ]}
        value={form.security}
        allowDeselect={false}
        onChange={(security) => set({ security: security === 'tls' ? 'tls' : 'starttls' })}
      />
      <NumberInput
        label={t('alerts.port')}
        placeholder={form.security === 'tls' ? '465' : '587'}
        value={form.port}
        onChange={(port) => set({ port: port === '' ? '' : Number(port) })}
        error={wrong(faults, 'port')}
        hideControls
      />
      <TextInput
        label={t('common.user')}
        placeholder={t('alerts.nobodyLogsIn')}
        value={form.user}
        onChange={(event) => set({ user: event.currentTarget.value })}
        error={wrong(faults, 'user')}
        autoComplete="off"
      />
      <SecretField
        label={t('common.password')}
        value={form.password}
        set={(password) => set({ password })}
        error={wrong(faults, 'password')}
      />
      <TextInput
        label={t('alerts.from')}
        placeholder="jobs@example.org"
        value={form.from}
        onChange={(event) => set({ from: event.currentTarget.value })}
        error={wrong(faults, 'from')}
      />
      <TagsInput
        className={classes.wide}
        label={t('alerts.toField')}
        placeholder={form.to.length > 0 ? undefined : 'ops@example.org'}
        value={form.to}
        onChange={(to) => set({ to })}
        acceptValueOnBlur
        error={wrong(faults, 'to')}
      />
    </>
  );
}

function JobField({ form, set, faults }: FieldsProps) {
  const jobs = useJobNames();
  const known = form.run && !jobs.includes(form.run) ? [form.run, ...jobs] : jobs;
  return (
    <Select
      className={classes.wide}
      label={t('common.job')}
      placeholder={t('alerts.whichJobIsRun')}
      data={known}
      value={form.run || null}
      onChange={(run) => set({ run: run ?? '' })}
      searchable
      nothingFoundMessage={t('alerts.noJobOfThatName')}
      error={wrong(faults, 'run')}
    />
  );
}
