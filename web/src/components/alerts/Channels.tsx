// Where notices go: channels of six kinds, each with its own fields, and a message to try one by.

import { Alert, Badge, Button, Code, Group, Select, Text, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { request } from '../../api/client';
import { messageOf, ProblemError } from '../../api/problem';
import type { Channel } from '../../api/types';
import { t } from '../../i18n';
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
  webhook: {
    label: 'Webhook',
    get help() {
      return t('alerts.postsJsonSignedWhereThere');
    },
  },
  slack: {
    label: 'Slack',
    get help() {
      return t('alerts.alsoMattermostRocketChatGoogle');
    },
  },
  feishu: {
    get label() {
      return t('alerts.feishuOrLark');
    },
    get help() {
      return t('alerts.aBotOfAGroup');
    },
  },
  dingtalk: {
    get label() {
      return t('alerts.dingtalk');
    },
    get help() {
      return t('alerts.aBotOfAGroup');
    },
  },
  email: {
    get label() {
      return t('alerts.mail');
    },
    get help() {
      return t('alerts.byAMailServerAlways');
    },
  },
  job: {
    get label() {
      return t('alerts.aJob');
    },
    get help() {
      return t('alerts.runsAJobOfThis');
    },
  },
};

export function Channels() {
  return (
    <ItemList<Channel>
      part="channels"
      add={t('alerts.addAChannel')}
      least="admin"
      about={t('alerts.whereNoticesGoRulesAnd')}
      empty={t('alerts.aChannelLeadsToA')}
      removal={() => t('alerts.aChannelThatARule')}
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
      aria-label={t('alerts.try', { name })}
      onClick={() => void send()}
    >
      {t('alerts.tryTitle')}
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
      title={tried.delivered ? t('alerts.works', { name }) : t('alerts.doesNotWork', { name })}
      withCloseButton
      closeButtonLabel={t('common.putAway')}
      onClose={onClose}
    >
      {tried.delivered ? t('alerts.whoReceivesItHasTaken') : tried.why}
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
      title={item ? t('alerts.changeChannel', { name: item.name }) : t('alerts.addAChannel')}
      problem={editor.problem}
      saving={editor.saving}
      onClose={onClose}
      onSubmit={() => void editor.save(channelOf(form))}
    >
      <div className={classes.grid}>
        <TextInput
          label={t('common.name')}
          description={item ? t('alerts.aChannelKeepsItsName') : t('common.smallLettersDigitsAndHyphens')}
          placeholder="ops"
          readOnly={item !== undefined}
          data-autofocus={item === undefined || undefined}
          value={form.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
          error={wrong(faults, 'name')}
        />
        <Select
          label={t('common.kind')}
          description={TYPES[form.type].help}
          data={Object.entries(TYPES).map(([value, { label }]) => ({ value, label }))}
          value={form.type}
          allowDeselect={false}
          onChange={(type) => type && set({ type: type as ChannelType, secret: '', url: '' })}
        />
        <KindFields form={form} set={set} faults={faults} />
        <TextInput
          label={t('alerts.collectFor')}
          description={t('alerts.howLongANoticeWaits')}
          placeholder="5s"
          value={form.group}
          onChange={(event) => set({ group: event.currentTarget.value })}
          error={wrong(faults, 'group')}
        />
        <TextInput
          label={t('alerts.notMoreOftenThan')}
          description={t('alerts.whatComesMeanwhileGoesIn')}
          placeholder="30s"
          value={form.every}
          onChange={(event) => set({ every: event.currentTarget.value })}
          error={wrong(faults, 'every')}
        />
      </div>
    </ItemForm>
  );
}
