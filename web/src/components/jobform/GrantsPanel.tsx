// What the job's module can ask for beside what the job grants it, before it is saved.
//
// The server reads the module's imports and compares; nothing is decided here.

import { List, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useCheck } from '../../api/queries';
import type { GrantLine, GrantsView, Job } from '../../api/types';
import { t } from '../../i18n';
import { toJob } from '../../lib/jobform';
import { langOf } from '../../lib/language';
import { useJobForm } from './context';
import { CHECK_WAIT_MS } from './Preview';

export function GrantsPanel({ before }: { before?: Job }) {
  const { form } = useJobForm();
  const [settled] = useDebouncedValue(form, CHECK_WAIT_MS);
  const { data } = useCheck(toJob(settled, before));
  if (form.kind !== 'wasm') return null;
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      bg="var(--sg-surface)"
      aria-label={t('form.whatTheModuleIsGiven')}
      aria-live="polite"
    >
      <Title order={2} mb="xs">
        {t('form.whatTheModuleIsGiven')}
      </Title>
      {data?.valid && data.grants ? (
        <Grants view={data.grants} />
      ) : (
        <Text c="dimmed">{t('form.shownOnceTheFormIs')}</Text>
      )}
    </Paper>
  );
}

function Grants({ view }: { view: GrantsView }) {
  return (
    <Stack gap="xs">
      {view.warnings.length > 0 && (
        <List size="sm" spacing={4} c="var(--sg-warn)">
          {view.warnings.map((warning) => (
            <List.Item key={warning} data-warning lang={langOf(warning)}>
              {warning}
            </List.Item>
          ))}
        </List>
      )}
      <Table layout="fixed" verticalSpacing={4} horizontalSpacing={6} style={{ overflowWrap: 'anywhere' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={112}>{t('common.kind')}</Table.Th>
            <Table.Th>{t('form.asks', { tag: view.tag ?? view.name })}</Table.Th>
            <Table.Th>{t('form.thisJobGrants')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {view.lines.map((line) => (
            <Line key={line.capability} line={line} />
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

function Line({ line: { capability, imports, grants } }: { line: GrantLine }) {
  return (
    <Table.Tr data-capability={capability}>
      <Table.Th>{capability}</Table.Th>
      <Table.Td title={imports.join('\n')}>
        {imports.length === 0 ? <Text c="dimmed">{t('form.no')}</Text> : names(imports)}
      </Table.Td>
      <Table.Td>
        {grants.length === 0 ? (
          <Text c="dimmed">{t('common.nothing')}</Text>
        ) : (
          grants.map((one) => <div key={one}>{one}</div>)
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** Returns the first imports by their short names, and how many there are more. */
function names(imports: string[]): string {
  const short = imports.map((name) => name.split('::').at(-1));
  const more = short.length - 2;
  return more > 0 ? t('form.andMore', { short: short.slice(0, 2).join(', '), more }) : short.join(', ');
}
