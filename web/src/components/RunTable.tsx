// Runs in rows, newest first: how they stand and why, when, how long, where.

import { ActionIcon, Table, Text, Tooltip } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { RunRecord } from '../api/types';
import { Elapsed, Time } from '../design/Time';
import { useActions } from './actions';
import { StatusBadge } from './StatusBadge';
import { statusLook, TRIGGERS } from './status';

type Props = { runs: RunRecord[]; withJob?: boolean };

export function RunTable({ runs, withJob = true }: Props) {
  return (
    <Table highlightOnHover miw={withJob ? 860 : 700}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={150}>Status</Table.Th>
          {withJob && <Table.Th>Job</Table.Th>}
          <Table.Th>Why it ended</Table.Th>
          <Table.Th>Scheduled</Table.Th>
          <Table.Th>Took</Table.Th>
          <Table.Th>Trigger</Table.Th>
          <Table.Th>Worker</Table.Th>
          <Table.Th>
            <span className="sr-only">Actions</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {runs.map((run) => (
          <Row key={run.id} run={run} withJob={withJob} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ run, withJob }: { run: RunRecord; withJob: boolean }) {
  const act = useActions();
  const ended = statusLook(run.status).final;
  return (
    <Table.Tr data-run={run.id}>
      <Table.Td>
        <Link
          href={`/runs/${run.id}`}
          className="plain"
          aria-label={`${statusLook(run.status).text}: open the run`}
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
        <Text size="sm" truncate="end" title={run.reason}>
          {run.reason}
        </Text>
      </Table.Td>
      <Table.Td>
        <Time at={run.scheduled_at} />
      </Table.Td>
      <Table.Td>
        <Elapsed from={run.started_at} to={run.ended_at} />
      </Table.Td>
      <Table.Td>
        {TRIGGERS[run.trigger]}
        {run.attempt > 1 && (
          <Text span size="xs" c="dimmed">
            {' '}
            attempt {run.attempt}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{run.worker ?? '\u2013'}</Table.Td>
      <Table.Td w={44}>
        {!ended && (
          <Tooltip label="Kill this run">
            <ActionIcon aria-label={`Kill this run of ${run.job}`} onClick={() => void act.killRun(run.id)}>
              <IconPlayerStop size={16} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
