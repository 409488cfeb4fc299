// The next instants of a schedule: in its zone, in UTC, how far away, and what a change of the clock does to them.
//
// All of it is the server's; nothing is computed here but the distance from now.

import { Table, Text } from '@mantine/core';
import type { Upcoming } from '../api/types';
import { Time } from '../design/Time';
import { langOf } from '../lib/language';
import { utcOf, wallOf } from '../lib/time';

export function Instants({ next, zone }: { next: Upcoming[]; zone: string }) {
  return (
    <Table verticalSpacing={2} horizontalSpacing={0} withRowBorders={false}>
      <Table.Tbody>
        {next.map(({ at, local, note }) => (
          <Table.Tr key={at}>
            <Table.Td>
              {wallOf(local)}
              {zone !== 'UTC' && (
                <Text size="xs" c="dimmed">
                  {`${utcOf(at)} UTC`}
                </Text>
              )}
              {note && (
                <Text size="xs" c="var(--sg-warn)" lang={langOf(note)}>
                  {note}
                </Text>
              )}
            </Table.Td>
            <Table.Td ta="right" style={{ verticalAlign: 'top' }}>
              <Time at={at} zone={zone} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
