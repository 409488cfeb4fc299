// The frame of one page: title, what can be done here, and the content below.
//
// Sets the document's title, and moves the focus to the heading when the page changes, so that a screen reader
// hears where it is.

import { Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

type Props = {
  title: string;
  heading?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

export function Page({ title, heading, about, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Sandglass`;
  }, [title]);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={2} style={{ minWidth: 0 }}>
          <Title order={1}>{heading ?? title}</Title>
          {about && (
            <Text component="div" c="dimmed" size="sm">
              {about}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
