// A quiet box with an optional heading: the one container of the page.

import { Group, Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';

type Props = { title?: string; aside?: ReactNode; flush?: boolean; children: ReactNode };

/** `flush` leaves out the padding, for tables that reach the edges. */
export function Panel({ title, aside, flush, children }: Props) {
  return (
    <Paper
      component="section"
      withBorder
      bg="var(--sg-surface)"
      style={{ overflow: 'hidden' }}
      aria-label={title}
    >
      {title && (
        <Group justify="space-between" px={flush ? 'sm' : 'md'} pt="sm" pb={flush ? 'xs' : 0}>
          <Title order={2}>{title}</Title>
          {aside}
        </Group>
      )}
      <div
        style={flush ? { overflowX: 'auto', position: 'relative' } : { padding: 'var(--mantine-spacing-md)' }}
      >
        {children}
      </div>
    </Paper>
  );
}
