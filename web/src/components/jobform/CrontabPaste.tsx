// A line of a crontab becomes the fields of the form: schedule, script, user, variables, input.

import { Button, Checkbox, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { IconClipboardText } from '@tabler/icons-react';
import { useState } from 'react';
import { t } from '../../i18n';
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
        {t('form.pasteACrontabLine')}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={t('form.pasteACrontabLine')} size="lg">
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
    done(t('form.takenFromTheCrontab'), [t('form.giveTheJobAName'), ...read.notes].join(' '));
    onDone();
  };
  return (
    <Stack gap="sm">
      <Textarea
        label={t('form.line')}
        description={t('form.withTheVariablesAboveIt')}
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
        label={t('form.itHasAUserBefore')}
        checked={withUser}
        onChange={(event) => setWithUser(event.currentTarget.checked)}
      />
      <Text size="xs" c="dimmed">
        {t('form.cronRunsACommandBy')}
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button size="sm" variant="default" onClick={onDone}>
          {t('common.cancel')}
        </Button>
        <Button size="sm" onClick={take}>
          {t('form.takeIt')}
        </Button>
      </Group>
    </Stack>
  );
}
