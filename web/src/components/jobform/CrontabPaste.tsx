// A line of a crontab becomes the fields of the form: schedule, script, user, variables, input.

import { Button, Checkbox, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { IconClipboardText } from '@tabler/icons-react';
import { useState } from 'react';
import { parseCrontab } from '../../lib/crontabline';
import { done } from '../toast';
import { useJobForm } from './context';

export function CrontabPaste() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconClipboardText size={16} aria-hidden />}
        onClick={() => setOpen(true)}
      >
        Paste a crontab line
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Paste a crontab line" size="lg">
        {open && <Paste onDone={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

function Paste({ onDone }: { onDone: () => void }) {
  const { set } = useJobForm();
  const [text, setText] = useState('');
  const [withUser, setWithUser] = useState(false);
  const [asked, setAsked] = useState(false);
  const read = parseCrontab(text, withUser);
  const take = () => {
    setAsked(true);
    if (typeof read === 'string') return;
    set('kind', 'shell');
    set('schedule', read.schedule);
    set('shell.script', read.script);
    set('shell.interpreter', read.interpreter);
    set('shell.stdin', read.stdin ?? '');
    set(
      'shell.env',
      Object.entries(read.env).map(([key, value]) => ({ key, value })),
    );
    if (read.timezone) set('timezone', read.timezone);
    if (read.user) set('shell.user', read.user);
    done('Taken from the crontab', ['Give the job a name and look it over.', ...read.notes].join(' '));
    onDone();
  };
  return (
    <Stack gap="sm">
      <Textarea
        label="Line"
        description="With the variables above it, if there are any"
        placeholder={'CRON_TZ=Europe/Berlin\n30 2 * * 1-5  /usr/local/bin/report'}
        autosize
        minRows={3}
        maxRows={12}
        spellCheck={false}
        data-autofocus
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={asked && typeof read === 'string' ? read : undefined}
      />
      <Checkbox
        label="It has a user before the command, as in /etc/crontab"
        checked={withUser}
        onChange={(event) => setWithUser(event.currentTarget.checked)}
      />
      <Text size="xs" c="dimmed">
        Cron runs a command by {'/bin/sh'} without -e; so will the job. The user's zone is that of cron's
        machine: choose it under “When”.
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button size="sm" variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button size="sm" onClick={take}>
          Take it
        </Button>
      </Group>
    </Stack>
  );
}
