// The bar at the foot of the screen while rows of a list are chosen: how many, what can be done with them, and the way out.
//
// Not here: what is done (`jobs/BulkBar`, `runs/Bulk`).

import { CloseButton, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../i18n';
import classes from './chosen.module.css';

type Props = {
  label: string;
  /** How many are chosen, in words. */
  words: string;
  /** What is to be known of them besides. */
  about?: string;
  onClear: () => void;
  children: ReactNode;
};

export function ChosenBar({ label, words, about, onClear, children }: Props) {
  return (
    <section className={classes.bar} aria-label={label}>
      <Group gap="xs" justify="space-between" wrap="wrap">
        <Group gap={6} wrap="nowrap">
          <CloseButton aria-label={t('common.chooseNone')} size="sm" onClick={onClear} />
          <Text fw={600} role="status">
            {words}
          </Text>
          {about && (
            <Text size="xs" c="dimmed">
              {about}
            </Text>
          )}
        </Group>
        <Group gap={6} wrap="wrap">
          {children}
        </Group>
      </Group>
    </section>
  );
}
