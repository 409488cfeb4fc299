// Forms of alerts: what was read is what is written, secrets stay hidden, errors find their fields.

import { expect, test } from 'vitest';
import type { Channel, Mute, Rule } from '../api/types';
import {
  channelForm,
  channelOf,
  faultsOf,
  muteForm,
  muteOf,
  NEW_CHANNEL,
  onlyWords,
  placed,
  ruleForm,
  ruleOf,
} from './alertform';

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

const CHANNELS: Channel[] = [
  {
    name: 'ops',
    via: { type: 'webhook', url: 'https://x/y', secret: '***', template: '{}' },
    group: '5s',
    every: '30s',
  },
  { name: 'chat', via: { type: 'slack', url: 'https://hooks.slack.com/***' } },
  { name: 'lark', via: { type: 'feishu', url: 'https://f/***', secret: '***' } },
  { name: 'repair', via: { type: 'job', run: 'repair-things' }, group: '0s', every: '0s' },
  {
    name: 'mail',
    via: {
      type: 'email',
      server: 'mail.example',
      port: 2525,
      security: 'tls',
      user: 'sandglass',
      password: '***',
      from: 'a@example.org',
      to: ['b@example.org'],
    },
  },
];

test('channels of every kind come back as they were', () => {
  for (const channel of CHANNELS) expect(plain(channelOf(channelForm(channel)))).toEqual(plain(channel));
});

test('a channel of another kind takes nothing of the one before along', () => {
  const form = channelForm(CHANNELS[0] as Channel);
  expect(plain(channelOf({ ...form, type: 'slack' })).via).toEqual({ type: 'slack', url: 'https://x/y' });
  expect(plain(channelOf({ ...NEW_CHANNEL, name: ' a ', type: 'job', run: 'b' }))).toEqual({
    name: 'a',
    via: { type: 'job', run: 'b' },
  });
});

test('rules and mutes come back as they were', () => {
  const rules: Rule[] = [
    { name: 'all', on: ['failed'], failures: 'each', channels: ['ops'] },
    { name: 'first', on: ['failed'], failures: 'first', channels: ['ops'] },
    {
      name: 'payroll',
      on: ['failed', 'recovered'],
      only: { jobs: ['a'], labels: { team: 'payroll' }, workers: ['w1'] },
      failures: { in_a_row: 3 },
      channels: ['ops', 'mail'],
    },
  ];
  for (const rule of rules) expect(plain(ruleOf(ruleForm(rule)))).toEqual(plain(rule));
  const mute: Mute = {
    name: 'move',
    only: { jobs: ['a'] },
    until: '2026-12-01T12:00:00Z',
    reason: 'the disk is being moved',
    by: 'anna',
  };
  expect(plain(muteOf(muteForm(mute)))).toEqual(plain(mute));
});

test('labels are read with a colon or an equals sign', () => {
  const form = {
    ...ruleForm({ name: 'a', on: [], channels: [] }),
    labels: ['team: data', 'stage=prod', 'bare'],
  };
  expect(ruleOf(form).only).toEqual({ labels: { team: 'data', stage: 'prod', bare: '' } });
});

test('an item takes its old place, also under a new name', () => {
  const list = [{ name: 'a' }, { name: 'b' }];
  expect(placed(list, { name: 'c' }, 'a')).toEqual({ list: [{ name: 'c' }, { name: 'b' }], at: 0 });
  expect(placed(list, { name: 'c' })).toEqual({ list: [...list, { name: 'c' }], at: 2 });
  expect(placed(list, { name: 'c' }, 'gone').at).toBe(2);
});

test('errors find the fields of the item that is edited', () => {
  const fields = new Set(['url', 'to', 'labels']);
  const fault = (path: string) => ({ path, message: 'wrong' });
  const { here, elsewhere } = faultsOf(
    [fault('channels[1].via.url'), fault('channels[1].via.to[0]'), fault('channels[0].via.url'), fault('x')],
    'channels',
    1,
    fields,
  );
  expect(Object.keys(here)).toEqual(['url', 'to']);
  expect(elsewhere.map(({ path }) => path)).toEqual(['channels[0].via.url', 'x']);
  expect(faultsOf([fault('rules[0].only.labels.team')], 'rules', 0, fields).here.labels).toHaveLength(1);
});

test('what is concerned is told in words', () => {
  expect(onlyWords(undefined)).toBe('everything');
  expect(onlyWords({ jobs: ['a', 'b'], labels: { team: 'x' }, workers: ['w'] })).toBe(
    'jobs a, b; jobs with team: x; worker w',
  );
});
