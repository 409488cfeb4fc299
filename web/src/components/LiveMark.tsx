// Whether what is shown comes by itself.

import { Text, Tooltip } from '@mantine/core';
import type { FollowState } from '../lib/follow';

const WORDS: Record<FollowState, { text: string; means: string; colour: string }> = {
  open: { text: 'live', means: 'What happens is shown as it happens.', colour: 'var(--sg-good)' },
  connecting: { text: 'connecting', means: 'It is about to be live.', colour: 'var(--mantine-color-dimmed)' },
  waiting: {
    text: 'reconnecting',
    means: 'The server does not answer; it is asked again within seconds.',
    colour: 'var(--sg-warn)',
  },
  ended: {
    text: 'every few seconds',
    means: 'The server tells of no events; the list is asked again every few seconds.',
    colour: 'var(--mantine-color-dimmed)',
  },
};

export function LiveMark({ state }: { state: FollowState }) {
  const { text, means, colour } = WORDS[state];
  return (
    <Tooltip label={means}>
      <Text span size="xs" c={colour} data-live={state} style={{ whiteSpace: 'nowrap' }}>
        <span aria-hidden>{state === 'open' ? '\u25cf' : '\u25cb'}</span> {text}
      </Text>
    </Tooltip>
  );
}
