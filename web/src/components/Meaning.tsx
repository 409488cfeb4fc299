// What a schedule means, in the words of the server: the words, where it counts from, warnings, its end.

import { Stack, Text } from '@mantine/core';
import type { ScheduleView } from '../api/types';
import { langOf } from '../lib/language';

export function Meaning({ schedule }: { schedule: ScheduleView }) {
  const { words, warnings, ended, clock_changes: changes } = schedule;
  return (
    <Stack gap={4}>
      <Text fw={500} lang={langOf(words)}>
        {words}
      </Text>
      {ended && (
        <Text size="sm" c="var(--sg-warn)" fw={500} lang={langOf(ended)}>
          {ended}
        </Text>
      )}
      {warnings.map((warning) => (
        <Text key={warning} size="sm" c="var(--sg-warn)" lang={langOf(warning)}>
          {warning}
        </Text>
      ))}
      {changes && (
        <Text size="xs" c="dimmed" lang={langOf(changes)}>
          {changes}
        </Text>
      )}
    </Stack>
  );
}
