// Runs in rows, newest first: how they stand and why, when, how long, where.

import { ActionIcon, Checkbox, Table, Text, Tooltip } from '@mantine/core';
import { IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMay } from '../api/queries';
import type { RunRecord } from '../api/types';
import { Elapsed, Time } from '../design/Time';
import { t } from '../i18n';
import { useActions } from './actions';
import { Reason } from './Reason';
import { StatusBadge } from './StatusBadge';
import { statusLook, TRIGGERS } from './status';

/** Which runs are chosen, and how to choose. */
export type Choice = { chosen: ReadonlySet<string>; choose: (ids: string[], on: boolean) => void };

type Props = { runs: RunRecord[]; withJob?: boolean; choice?: Choice };

export function RunTable({ runs, withJob = true, choice }: Props) {
  const all = runs.length > 0 && runs.every(({ id }) => choice?.chosen.has(id));
  const some = runs.some(({ id }) => choice?.chosen.has(id));
  return (
    <Table highlightOnHover miw={withJob ? 860 : 700}>
      <Table.Thead>
        <Table.Tr>
          {choice && (
            <Table.Th w={36}>
              <Checkbox
                size="xs"
                aria-label={t('runs.chooseAllRunsThatAre')}
                checked={all}
                indeterminate={some && !all}
                onChange={(event) =>
                  choice.choose(
                    runs.map(({ id }) => id),
                    event.currentTarget.checked,
                  )
                }
              />
            </Table.Th>
          )}
          <Table.Th w={150}>{t('runs.status')}</Table.Th>
          {withJob && <Table.Th>{t('common.job')}</Table.Th>}
          <Table.Th>{t('runs.whyItEnded')}</Table.Th>
          <Table.Th>{t('common.scheduled')}</Table.Th>
          <Table.Th>{t('common.took')}</Table.Th>
          <Table.Th>{t('common.trigger')}</Table.Th>
          <Table.Th>{t('common.worker')}</Table.Th>
          <Table.Th>
            <span className="sr-only">{t('common.actions')}</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {runs.map((run) => (
          <Row key={run.id} run={run} withJob={withJob} choice={choice} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ run, withJob, choice }: { run: RunRecord; withJob: boolean; choice?: Choice }) {
  const isChosen = choice?.chosen.has(run.id);
  return (
    <Table.Tr data-run={run.id} bg={isChosen ? 'var(--mantine-primary-color-light)' : undefined}>
      {choice && (
        <Table.Td>
          <Checkbox
            size="xs"
            aria-label={t('runs.chooseThisRunOf', { job: run.job })}
            checked={isChosen}
            onChange={(event) => choice.choose([run.id], event.currentTarget.checked)}
          />
        </Table.Td>
      )}
      <Table.Td>
        <Link
          href={`/runs/${run.id}`}
          className="plain"
          aria-label={t('runs.openTheRun', { text: statusLook(run.status).text })}
        >
          <StatusBadge status={run.status} />
        </Link>
      </Table.Td>
      {withJob && (
        <Table.Td>
          <Link href={`/jobs/${run.job}`} className="plain">
            <Text span fw={600}>
              {run.job}
            </Text>
          </Link>
        </Table.Td>
      )}
      <Table.Td maw={320}>
        <Text size="sm" truncate="end">
          <Reason run={run} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Time at={run.scheduled_at} />
      </Table.Td>
      <Table.Td>
        <Elapsed from={run.started_at} to={run.ended_at} />
      </Table.Td>
      <Table.Td>
        {TRIGGERS[run.trigger]}{' '}
        {run.attempt > 1 && (
          <Text span size="xs" c="dimmed">
            {t('runs.attempt', { attempt: run.attempt })}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{run.worker ?? '\u2013'}</Table.Td>
      <Table.Td w={44}>
        <RowAction run={run} />
      </Table.Td>
    </Table.Tr>
  );
}

/** What can be done with a run: kill it while it goes on, run it again once it has ended. */
function RowAction({ run }: { run: RunRecord }) {
  const act = useActions();
  const may = useMay();
  if (!may('operator')) return null;
  return statusLook(run.status).final ? (
    <Tooltip label={t('runs.runItAgain')}>
      <ActionIcon
        variant="subtle"
        aria-label={t('runs.runThisRunOfAgain', { job: run.job })}
        onClick={() => void act.rerun(run.id)}
      >
        <IconRefresh size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  ) : (
    <Tooltip label={t('common.killThisRun')}>
      <ActionIcon
        aria-label={t('common.killThisRunOf', { job: run.job })}
        onClick={() => void act.killRun(run.id)}
      >
        <IconPlayerStop size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
