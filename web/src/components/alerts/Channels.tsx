// Where notices go: channels of six kinds, each with its own fields, and a message to try one by.

import { Alert, Badge, Button, Code, Group, Select, Text, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { request } from '../../api/client';
import { messageOf, ProblemError } from '../../api/problem';
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
import { KindFields } from './ChannelFields';
import { wrong } from './fields';
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
  const set = (change: Partial<ChannelForm>) => setForm((now) => ({ ...now, ...change }));
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
