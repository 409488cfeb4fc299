// The story of a job's due moments: ran, skipped, missed, or still to come, each with its reason.

import { Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { messageOf } from '../api/problem';
import { useTicks } from '../api/queries';
import type { TickView } from '../api/types';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { StatusBadge } from './StatusBadge';

const PLAIN = { pending: 'Due or to come', taken: 'Taken, record on its way' } as const;

type Props = { name: string; zone: string; windowMs: number };

/** Shows the due moments of the last `windowMs`. */
export function TickTable({ name, zone, windowMs }: Props) {
  const ticks = useTicks(name, windowMs);
  if (ticks.isPending) return <Loading what="ticks" />;
  if (!ticks.data) {
    return (
      <Failure
        title="The ticks cannot be read"
        message={messageOf(ticks.error)}
        retry={() => void ticks.refetch()}
      />
    );
  }
  if (ticks.data.ticks.length === 0) return <Empty title="Nothing fell due" />;
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Due</Table.Th>
          <Table.Th>What became of it</Table.Th>
          <Table.Th>Why</Table.Th>
          <Table.Th>Attempts</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {[...ticks.data.ticks].reverse().map((tick) => (
          <Table.Tr key={`${tick.at} ${tick.worker ?? ''}`}>
            <Table.Td>
              <Time at={tick.at} zone={zone} as="wall" />
            </Table.Td>
            <Table.Td>
              <Became tick={tick} />
            </Table.Td>
            <Table.Td>{tick.reason}</Table.Td>
            <Table.Td>{tick.attempts || ''}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Became({ tick }: { tick: TickView }) {
  if (tick.kind === 'pending' || tick.kind === 'taken') return <Text c="dimmed">{PLAIN[tick.kind]}</Text>;
  const badge = <StatusBadge status={tick.kind === 'run' ? (tick.status ?? 'running') : tick.kind} />;
  return tick.run ? (
    <Link href={`/runs/${tick.run}`} className="plain">
      {badge}
    </Link>
  ) : (
    badge
  );
}
