// Copies a job under another name: disabled, so that nothing runs twice before it is looked at.

import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useState } from 'react';
import { request } from '../../api/client';
import { messageOf, ProblemError } from '../../api/problem';
import { t } from '../../i18n';
import { done } from '../toast';

/** Asks for the name and saves the copy; `onCopied` hears its name. */
export function askCopy(name: string, onCopied: (copy: string) => void) {
  const id = modals.open({
    title: t('jobs.copy', { name }),
    children: <Body name={name} close={() => modals.close(id)} onCopied={onCopied} />,
  });
}

type Props = { name: string; close: () => void; onCopied: (copy: string) => void };

function Body({ name, close, onCopied }: Props) {
  const [copy, setCopy] = useState(`${name}-copy`);
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const { job } = await request('get', '/api/v1/jobs/{name}', { path: { name } });
      await request('post', '/api/v1/jobs', { body: { ...job, name: copy.trim(), enabled: false } });
      close();
      done(t('jobs.isCopied', { name }), t('jobs.isDisabledUntilYouEnable', { copy: copy.trim() }));
      onCopied(copy.trim());
    } catch (problem) {
      const fault =
        problem instanceof ProblemError ? problem.errors.find(({ path }) => path === 'name') : undefined;
      setError(fault ? `${fault.message}${fault.hint ? `; ${fault.hint}` : ''}` : messageOf(problem));
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack gap="sm">
        <Text>{t('jobs.theCopyHasEverythingThat', { name })}</Text>
        <TextInput
          label={t('jobs.nameOfTheCopy')}
          data-autofocus
          value={copy}
          error={error}
          onChange={(event) => {
            setCopy(event.currentTarget.value);
            setError(undefined);
          }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="sm" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" size="sm" loading={busy} disabled={copy.trim() === ''}>
            {t('common.copy')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
