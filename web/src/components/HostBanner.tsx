// What an operator must know on every page: nobody is there to run jobs, the server is gone, or the host cannot
// hold limits.
//
// The notes come from the workers themselves; they can be put away for this browser until they change.

import { Alert, Anchor, List, Stack, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconAlertTriangle, IconInfoCircle, IconPlugConnectedX } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { ProblemError } from '../api/problem';
import { useWorkers } from '../api/queries';
import type { Worker } from '../api/types';
import { t, tx } from '../i18n';
import { hostNotes, whose } from '../lib/hostnotes';
import { inChinese } from './inChinese';
import { Words } from './Words';

const useChinese = inChinese(async () => (await import('../i18n/zh/hosts')).hostNoteInChinese);

export function HostBanner() {
  const { data, error } = useWorkers();
  const [location] = useLocation();
  if (error instanceof ProblemError && error.status === 0) {
    return (
      <Banner
        color="red"
        tone="bad"
        icon={<IconPlugConnectedX />}
        title={t('workers.theServerCannotBeReached')}
      >
        {t('workers.whatYouSeeMayBe')}
      </Banner>
    );
  }
  if (!data) return null;
  if (data.workers.length === 0) {
    return (
      <Banner color="red" tone="bad" icon={<IconAlertTriangle />} title={t('workers.noWorkerIsAlive')}>
        {tx('workers.nothingRunsUntilOneIs', {
          worker: <code>sandglass worker</code>,
          standalone: <code>sandglass standalone</code>,
        })}
      </Banner>
    );
  }
  // The notes belong where jobs are chosen and made; elsewhere they would stand in the way.
  return location === '/jobs' || location === '/jobs/new' ? <HostNotes workers={data.workers} /> : null;
}

function HostNotes({ workers }: { workers: Worker[] }) {
  const notes = hostNotes(workers);
  const said = JSON.stringify(notes.map(({ text, limit, workers }) => ({ text, limit, workers })));
  const told = useChinese();
  const [seen, setSeen] = useLocalStorage({
    key: 'sandglass-host-notes-seen',
    defaultValue: '',
    getInitialValueInEffect: false,
  });
  if (notes.length === 0 || seen === said) return null;
  return (
    <Banner
      color="yellow"
      tone="warn"
      icon={<IconInfoCircle />}
      title={title(
        notes.some(({ limit }) => limit),
        workers.length,
      )}
      onClose={() => setSeen(said)}
    >
      <List size="sm" spacing={2}>
        {notes.map((note) => (
          <List.Item key={note.text}>
            <Words said={note.text} told={note.fact && told?.(note.fact)} />
            {workers.length > 1 && (
              <Text span c="dimmed">
                {' '}
                ({whose(note, workers.length)})
              </Text>
            )}
          </List.Item>
        ))}
      </List>
      <Anchor component={Link} href="/workers" size="sm">
        {t('workers.limitByLimit')}
      </Anchor>
    </Banner>
  );
}

function title(limits: boolean, workers: number): string {
  return limits
    ? t('workers.whatTheseHostsCannotHold', { workers })
    : t('workers.aboutTheseHosts', { workers });
}

type BannerProps = {
  color: string;
  tone: 'bad' | 'warn';
  icon: React.ReactNode;
  title: string;
  onClose?: () => void;
  children: React.ReactNode;
};

function Banner({ color, tone, icon, title, onClose, children }: BannerProps) {
  return (
    <Alert
      color={color}
      role={tone === 'bad' ? 'alert' : 'note'}
      variant="outline"
      bg="var(--sg-surface)"
      icon={icon}
      title={title}
      mb="md"
      py="xs"
      withCloseButton={onClose !== undefined}
      closeButtonLabel={t('common.putAway')}
      styles={{ title: { color: `var(--sg-${tone})` }, icon: { color: `var(--sg-${tone})` } }}
      onClose={onClose}
    >
      <Stack gap={4}>{children}</Stack>
    </Alert>
  );
}
