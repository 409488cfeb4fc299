// Names and values side by side: what is known of one thing.

import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './facts.module.css';

export type Fact = { name: string; value: ReactNode };

/** Leaves out facts without a value. */
export function Facts({ facts }: { facts: (Fact | undefined | false)[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(
        (fact) =>
          fact &&
          fact.value !== undefined &&
          fact.value !== null &&
          fact.value !== '' && (
            <div key={fact.name}>
              <Text component="dt" size="xs" c="dimmed">
                {fact.name}
              </Text>
              <dd>{fact.value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
