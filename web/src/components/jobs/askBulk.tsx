// The question before one action on many jobs: how many the server would touch, and what becomes of them.

import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useState } from 'react';
import type { JobAction } from '../../api/types';
import { t } from '../../i18n';
import { count as shown } from '../../lib/quantity';
import { UntilField } from '../UntilField';
import { DEEDS } from './deeds';

export type BulkAnswer = { why?: string; until?: string; kill?: boolean };

type Question = {
  action: JobAction;
  /** How many jobs the server would touch. */
  count: number;
  names: string[];
  /** How many runs of them are under way. */
  running: number;
  onYes: (answer: BulkAnswer) => void;
};

const NAMES_SHOWN = 5;
/** From so many on a deletion is agreed to by typing how many. */
const TYPED_FROM = 10;

export function askBulk(question: Question) {
  const { action, count } = question;
  const id = modals.open({
    title: t('jobs.jobsAsk', { verb: DEEDS[action].verb, count }),
    children: <Body {...question} close={() => modals.close(id)} />,
  });
}

function Body({ action, count, names, running, onYes, close }: Question & { close: () => void }) {
  const [why, setWhy] = useState('');
  const [until, setUntil] = useState<string>();
  const [kill, setKill] = useState(false);
  const [typed, setTyped] = useState('');
  const mustType = action === 'delete' && count >= TYPED_FROM;
  const hard = action === 'delete' || action === 'kill';
  const submit = () => {
    close();
    onYes({ why: why.trim(), until, kill });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <Text data-bulk-count={count}>{told(names, count)}</Text>
        <Text c="dimmed">{DEEDS[action].means}</Text>
        {action === 'pause' && (
          <>
            <TextInput
              label={t('common.why')}
              placeholder={t('common.forTheOthersOptional')}
              maxLength={1000}
              data-autofocus
              value={why}
              onChange={(event) => setWhy(event.currentTarget.value)}
            />
            <UntilField help={t('jobs.untilHelp')} onChange={setUntil} />
          </>
        )}
        {action === 'delete' && running > 0 && (
          <Checkbox
            label={t('common.killWhatRunsNowElse', { running })}
            checked={kill}
            onChange={(event) => setKill(event.currentTarget.checked)}
          />
        )}
        {mustType && (
          <TextInput
            label={t('jobs.typeToDeleteThem', { count })}
            inputMode="numeric"
            autoComplete="off"
            data-autofocus
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="sm" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button
            type="submit"
            size="sm"
            color={hard ? 'red' : undefined}
            disabled={count === 0 || (mustType && typed.trim() !== String(count))}
          >
            {t('jobs.jobs', { verb: DEEDS[action].verb, count })}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function told(names: string[], count: number): string {
  const some = names.slice(0, NAMES_SHOWN).join(t('common.comma'));
  return count > NAMES_SHOWN
    ? t('jobs.andMore', { some, count: shown(count - NAMES_SHOWN) })
    : t('common.stop', { words: some });
}
