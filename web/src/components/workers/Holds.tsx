// What a host can hold of each kind of jobs: limit by limit, with the reason where it cannot. Folded away: it matters when a
// limit is chosen or refused, not every day.

import { Group, List, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconChevronDown, IconChevronRight, IconX } from '@tabler/icons-react';
import { useId, useState } from 'react';
import type { Enforceable, HostNote, Worker } from '../../api/types';
import { t } from '../../i18n';
import { isolationWords } from '../../lib/isolation';
import { langOf } from '../../lib/language';
import { notHeld } from '../../lib/workerwords';
import { inChinese } from '../inChinese';
import { Words } from '../Words';

const useChinese = inChinese(async () => (await import('../../i18n/zh/hosts')).hostNoteInChinese);

export function Holds({ worker: { identity, status } }: { worker: Worker }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const missing = notHeld(status);
  const Icon = open ? IconChevronDown : IconChevronRight;
  return (
    <div>
      <UnstyledButton
        aria-expanded={open}
        aria-controls={id}
        aria-label={t('workers.whatCanHold', { id: identity.id })}
        onClick={() => setOpen(!open)}
      >
        <Group gap={6} wrap="nowrap">
          <Icon size={16} aria-hidden />
          <Text span size="sm" fw={500}>
            {t('workers.whatItCanHold')}
          </Text>
          <Text span size="sm" c={missing.length > 0 ? 'var(--sg-warn)' : 'dimmed'}>
            {missing.length > 0 ? t('workers.not', { missing: missing.join(', ') }) : t('workers.allLimits')}
          </Text>
        </Group>
      </UnstyledButton>
      <div id={id} hidden={!open}>
        {open && (
          <Stack gap="md" mt="sm">
            <Of kind="shell" title={t('workers.shellJobs')} enforceable={status.shell} />
            <Of kind="wasm" title={t('workers.wasiJobs')} enforceable={status.wasm} />
          </Stack>
        )}
      </div>
    </div>
  );
}

function Of({ kind, title, enforceable }: { kind: string; title: string; enforceable: Enforceable }) {
  const told = useChinese();
  const fact = (note: HostNote | undefined) => note && told?.(note);
  return (
    <section aria-label={title} style={{ overflowX: 'auto' }}>
      <Text fw={600}>{title}</Text>
      <List size="sm" c="dimmed" listStyleType="none">
        {enforceable.notes.map((note, n) => (
          <List.Item key={note}>
            <Words said={note} told={fact(enforceable.told?.[n])} />
          </List.Item>
        ))}
      </List>
      <Table mt="xs" verticalSpacing={4} miw={460}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={140}>{t('workers.limit')}</Table.Th>
            <Table.Th w={120}>{t('workers.heldHere')}</Table.Th>
            <Table.Th>{t('workers.byWhatOrWhyNot')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {enforceable.limits.map(({ limit, held, by }) => (
            <Table.Tr key={`${kind}-${limit}`}>
              <Table.Td>{limit}</Table.Td>
              <Table.Td>
                <Held held={held} />
              </Table.Td>
              <Table.Td lang={langOf(by)}>{by}</Table.Td>
            </Table.Tr>
          ))}
          {enforceable.isolation && (
            <Table.Tr>
              <Table.Td>{t('workers.isolation')}</Table.Td>
              <Table.Td>
                <Held held={enforceable.isolation === 'isolated'} />
              </Table.Td>
              <Table.Td>
                {t('workers.jobsThatNameNoUser', { isolation: isolationWords(enforceable.isolation) })}
              </Table.Td>
            </Table.Tr>
          )}
          {enforceable.kill && (
            <Table.Tr>
              <Table.Td>{t('workers.endOfEveryProcess')}</Table.Td>
              <Table.Td />
              <Table.Td lang={langOf(enforceable.kill)}>{enforceable.kill}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function Held({ held }: { held: boolean }) {
  const Icon = held ? IconCheck : IconX;
  return (
    <Group gap={4} c={held ? 'var(--sg-good)' : 'var(--sg-bad)'} wrap="nowrap">
      <Icon size={15} aria-hidden />
      {held ? t('common.yes') : t('workers.noRefused')}
    </Group>
  );
}
