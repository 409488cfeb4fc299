// Where notices go: channels of six kinds, each with its own fields, and a message to try one by.

import {
  Alert,
  Badge,
  Button,
  Code,
  Group,
  NumberInput,
  Select,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { request } from '../../api/client';
import { messageOf, ProblemError } from '../../api/problem';
import { useJobNames } from '../../api/queries';
import type { Channel } from '../../api/types';
import {
  type ChannelForm,
  type ChannelType,
  channelForm,
  channelOf,
  NEW_CHANNEL,
  placeOf,
} from '../../lib/alertform';
import { goToLogin } from '../navigation';
import classes from './alerts.module.css';
import { type Faults, SecretField, wrong } from './fields';
import { ItemForm } from './ItemForm';
import { type FormProps, ItemList } from './ItemList';
import { useItemEditor } from './useItemEditor';

const TYPES: Record<ChannelType, { label: string; help: string }> = {
  webhook: { label: 'Webhook', help: 'Posts JSON, signed where there is a secret.' },
  slack: { label: 'Slack', help: 'Also Mattermost, Rocket.Chat, Google Chat: what takes {"text": …}.' },
  feishu: { label: 'Feishu or Lark', help: 'A bot of a group.' },
  dingtalk: { label: 'DingTalk', help: 'A bot of a group.' },
  email: { label: 'Mail', help: 'By a mail server, always encrypted.' },
  job: { label: 'A job', help: 'Runs a job of this installation with the message on its standard input.' },
};

export function Channels() {
  return (
    <ItemList<Channel>
      part="channels"
      one="channel"
      least="admin"
      about="Where notices go. Rules and jobs name them."
      empty="A channel leads to a chat, a mailbox, a program or a job. Nobody is told of anything without one."
      removal={() => 'A channel that a rule or a job names stays until those are changed.'}
      row={(channel) => <Row channel={channel} />}
      Form={ChannelFormDialog}
    />
  );
}

function Row({ channel }: { channel: Channel }) {
  const [tried, setTried] = useState<Tried>();
  return (
    <>
      <Group gap="xs" justify="space-between">
        <Group gap="xs" style={{ minWidth: 0 }}>
          <Text span fw={600}>
            {channel.name}
          </Text>
          <Badge variant="default" tt="none">
            {TYPES[channel.via.type].label}
          </Badge>
          <Code className={classes.place}>{placeOf(channel)}</Code>
        </Group>
        <TryButton name={channel.name} setTried={setTried} />
      </Group>
      {tried && <Answer name={channel.name} tried={tried} onClose={() => setTried(undefined)} />}
    </>
  );
}

type Tried = { delivered: boolean; why?: string };

function TryButton({ name, setTried }: { name: string; setTried: (tried?: Tried) => void }) {
  const [asking, setAsking] = useState(false);
  const send = async () => {
    setAsking(true);
    setTried(undefined);
    try {
      const answer = await request('post', '/api/v1/alerts/channels/{name}/test', { path: { name } });
      setTried({ delivered: answer.delivered, why: answer.error ?? undefined });
    } catch (error) {
      if (error instanceof ProblemError && error.status === 401) return goToLogin();
      setTried({ delivered: false, why: messageOf(error) });
    } finally {
      setAsking(false);
    }
  };
  return (
    <Button
      variant="default"
      loading={asking}
      leftSection={<IconSend size={14} aria-hidden />}
      aria-label={`Try ${name}`}
      onClick={() => void send()}
    >
      Try
    </Button>
  );
}

function Answer({ name, tried, onClose }: { name: string; tried: Tried; onClose: () => void }) {
  return (
    <Alert
      mt={6}
      py={6}
      variant="outline"
      role="status"
      color={tried.delivered ? 'teal' : 'red'}
      title={tried.delivered ? `${name} works` : `${name} does not work`}
      withCloseButton
      closeButtonLabel="Put away"
      onClose={onClose}
    >
      {tried.delivered ? 'Who receives it has taken a message that says it is a test.' : tried.why}
    </Alert>
  );
}

function ChannelFormDialog({ read, item, onClose }: FormProps<Channel>) {
  const [form, setForm] = useState<ChannelForm>(() => (item ? channelForm(item) : NEW_CHANNEL));
  const editor = useItemEditor({
    part: 'channels',
    read,
    before: item?.name,
    fields: Object.keys(NEW_CHANNEL),
    onSaved: onClose,
  });
  const set: Set = (change) => setForm((now) => ({ ...now, ...change }));
  const { faults } = editor;
  return (
    <ItemForm
      title={item ? `Change channel ${item.name}` : 'Add a channel'}
      problem={editor.problem}
      saving={editor.saving}
      onClose={onClose}
      onSubmit={() => void editor.save(channelOf(form))}
    >
      <div className={classes.grid}>
        <TextInput
          label="Name"
          description={item ? 'A channel keeps its name' : 'Small letters, digits and hyphens'}
          placeholder="ops"
          readOnly={item !== undefined}
          data-autofocus={item === undefined || undefined}
          value={form.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={wrong(faults, 'name')}
        />
        <Select
          label="Kind"
          description={TYPES[form.type].help}
          data={Object.entries(TYPES).map(([value, { label }]) => ({ value, label }))}
          value={form.type}
          allowDeselect={false}
          onChange={(type) => type && set({ type: type as ChannelType, secret: '', url: '' })}
        />
        <KindFields form={form} set={set} faults={faults} />
        <TextInput
          label="Collect for"
          description="How long a notice waits for others"
          placeholder="5s"
          value={form.group}
          onChange={(event) => set({ group: event.currentTarget.value })}
          error={wrong(faults, 'group')}
        />
        <TextInput
          label="Not more often than"
          description="What comes meanwhile goes in one message"
          placeholder="30s"
          value={form.every}
          onChange={(event) => set({ every: event.currentTarget.value })}
          error={wrong(faults, 'every')}
        />
      </div>
    </ItemForm>
  );
}

type Set = (change: Partial<ChannelForm>) => void;
type FieldsProps = { form: ChannelForm; set: Set; faults: Faults };

function KindFields(props: FieldsProps) {
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
        label="Address"
        description={stays ? 'Stays as it is; type all of it to change it' : undefined}
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
            label="Secret"
            help={
              form.type === 'webhook' ? 'The key of the signature; optional' : 'Of the bot, where it has one'
            }
            value={form.secret}
            set={(secret) => set({ secret })}
            error={wrong(faults, 'secret')}
          />
        </div>
      )}
      {form.type === 'webhook' && (
        <Textarea
          className={classes.wide}
          label="Body"
          description="In place of ours; {{text}}, {{subject}}, {{id}}, {{count}} and {{notices}} stand for JSON with its quotes"
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
        label="Mail server"
        description="By the name in its certificate"
        placeholder="mail.example.org"
        value={form.server}
        onChange={(event) => set({ server: event.currentTarget.value })}
        error={wrong(faults, 'server')}
      />
      <Select
        label="Encryption"
        description="There is no way in the clear"
        data={[
          { value: 'starttls', label: 'STARTTLS' },
          { value: 'tls', label: 'TLS from the start' },
        ]}
        value={form.security}
        allowDeselect={false}
        onChange={(security) => set({ security: security === 'tls' ? 'tls' : 'starttls' })}
      />
      <NumberInput
        label="Port"
        placeholder={form.security === 'tls' ? '465' : '587'}
        value={form.port}
        onChange={(port) => set({ port: port === '' ? '' : Number(port) })}
        error={wrong(faults, 'port')}
        hideControls
      />
      <TextInput
        label="User"
        placeholder="nobody logs in"
        value={form.user}
        onChange={(event) => set({ user: event.currentTarget.value })}
        error={wrong(faults, 'user')}
        autoComplete="off"
      />
      <SecretField
        label="Password"
        value={form.password}
        set={(password) => set({ password })}
        error={wrong(faults, 'password')}
      />
      <TextInput
        label="From"
        placeholder="jobs@example.org"
        value={form.from}
        onChange={(event) => set({ from: event.currentTarget.value })}
        error={wrong(faults, 'from')}
      />
      <TagsInput
        className={classes.wide}
        label="To"
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
      label="Job"
      placeholder="which job is run"
      data={known}
      value={form.run || null}
      onChange={(run) => set({ run: run ?? '' })}
      searchable
      nothingFoundMessage="No job of that name"
      error={wrong(faults, 'run')}
    />
  );
}
