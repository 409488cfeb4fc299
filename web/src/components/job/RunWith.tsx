// Runs a job once with changes: variables, arguments, standard input, timeout. The job itself stays as it is.

import { ActionIcon, Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { type Fault, messageOf, ProblemError } from '../../api/problem';
import type { Job, Overrides } from '../../api/types';
import { t } from '../../i18n';
import { langOf } from '../../lib/language';
import { spanMs } from '../../lib/quantity';
import { useActions } from '../actions';
import { goToLogin, useStay } from '../navigation';

type Props = { job: Job; opened: boolean; onClose: () => void };

export function RunWith({ job, opened, onClose }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('job.runOnceWithChangesTitle', { name: job.name })}
      size="lg"
    >
      {opened && <Form job={job} onClose={onClose} />}
    </Modal>
  );
}

function Form({ job, onClose }: { job: Job; onClose: () => void }) {
  useStay();
  const act = useActions();
  const [, navigate] = useLocation();
  const own = 'wasm' in job ? job.wasm : job.shell;
  const [env, setEnv] = useState([{ key: '', value: '' }]);
  const [args, setArgs] = useState<string>('wasm' in job ? (job.wasm.args ?? []).join('\n') : '');
  const [stdin, setStdin] = useState(own.stdin ?? '');
  const [timeout, setTimeout] = useState('');
  const [problem, setProblem] = useState<ProblemError>();
  const [asking, setAsking] = useState(false);

  const reads = timeout.trim() === '' || spanMs(timeout.trim()) !== undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!reads) return;
    const changes: Overrides = {};
    const named = env.filter(({ key }) => key.trim() !== '');
    if (named.length > 0)
      changes.env = Object.fromEntries(named.map(({ key, value }) => [key.trim(), value]));
    if ('wasm' in job && args !== (job.wasm.args ?? []).join('\n')) {
      changes.args = args === '' ? [] : args.replace(/\n$/, '').split('\n');
    }
    if (stdin !== (own.stdin ?? '')) changes.stdin = stdin;
    if (timeout.trim()) changes.timeout = timeout.trim();
    setAsking(true);
    try {
      const run = await act.runWith(job.name, changes);
      onClose();
      navigate(`/runs/${run}`);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.status === 401) return goToLogin();
      setProblem(error);
    } finally {
      setAsking(false);
    }
  };

  const faults = problem?.errors ?? [];
  const known = Object.entries(own.env ?? {});
  return (
    <form onSubmit={(event) => void submit(event)} aria-label={t('job.runOnceWithChanges')} noValidate>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('job.onlyThisRunIsChanged')}
        </Text>
        {problem && faults.length === 0 && (
          <Text role="alert" c="var(--sg-bad)">
            {messageOf(problem)}
          </Text>
        )}
        <Stack gap={6} role="group" aria-label={t('common.environment')}>
          <Text size="sm" fw={500}>
            {t('common.environment')}
          </Text>
          {known.length > 0 && (
            <Text size="xs" c="dimmed">
              {t('job.theJobHasOneOf', { known: known.map(([key]) => key).join(', ') })}
            </Text>
          )}
          {env.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place
            <Group key={at} gap={6} wrap="nowrap">
              <TextInput
                aria-label={t('job.variableName', { count: at + 1 })}
                placeholder={t('common.nameWord')}
                style={{ flex: 1 }}
                value={row.key}
                onChange={({ currentTarget: { value: key } }) =>
                  setEnv(env.map((one, i) => (i === at ? { ...one, key } : one)))
                }
              />
              <TextInput
                aria-label={t('job.variableValue', { count: at + 1 })}
                placeholder={t('common.value')}
                style={{ flex: 2 }}
                value={row.value}
                onChange={({ currentTarget: { value } }) =>
                  setEnv(env.map((one, i) => (i === at ? { ...one, value } : one)))
                }
              />
              <ActionIcon
                aria-label={t('job.removeVariable', { count: at + 1 })}
                onClick={() => setEnv(env.filter((_, i) => i !== at))}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            </Group>
          ))}
          <FaultLines faults={faults} at="env" />
          <div>
            <Button
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => setEnv([...env, { key: '', value: '' }])}
            >
              {t('common.addAVariable')}
            </Button>
          </div>
        </Stack>
        {'wasm' in job && (
          <Textarea
            label={t('common.arguments')}
            description={t('job.oneALineInPlace')}
            autosize
            minRows={2}
            value={args}
            onChange={(event) => setArgs(event.currentTarget.value)}
            error={faultAt(faults, 'args')}
          />
        )}
        <Textarea
          label={t('common.standardInput')}
          autosize
          minRows={2}
          maxRows={12}
          value={stdin}
          onChange={(event) => setStdin(event.currentTarget.value)}
          error={faultAt(faults, 'stdin')}
        />
        <TextInput
          label={t('common.timeout')}
          placeholder={job.limits?.timeout}
          w={160}
          value={timeout}
          onChange={(event) => setTimeout(event.currentTarget.value)}
          error={reads ? faultAt(faults, 'timeout') : t('job.like90s10mOr1h30m')}
        />
        <Group justify="flex-end" gap="xs">
          <Button size="sm" variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button size="sm" type="submit" loading={asking}>
            {t('job.runOnce')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function faultAt(faults: Fault[], field: string): string | undefined {
  const found = faults.filter(
    ({ path }) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`),
  );
  return (
    found.map(({ message, hint }) => (hint ? `${message} \u2013 ${hint}` : message)).join('; ') || undefined
  );
}

function FaultLines({ faults, at }: { faults: Fault[]; at: string }) {
  const text = faultAt(faults, at);
  return text ? (
    <Text size="xs" c="var(--sg-bad)" role="alert" lang={langOf(text)}>
      {text}
    </Text>
  ) : null;
}
