// Whether what is shown comes by itself.

import { Text, Tooltip } from '@mantine/core';
import { t } from '../i18n';
import type { FollowState } from '../lib/follow';

const WORDS: Record<FollowState, { text: string; means: string; colour: string }> = {
  open: {
    get text() {
      return t('common.live');
    },
    get means() {
      return t('shell.whatHappensIsShownAs');
    },
    colour: 'var(--sg-good)',
  },
  connecting: {
    get text() {
      return t('common.connecting');
    },
    get means() {
      return t('shell.itIsAboutToBe');
    },
    colour: 'var(--mantine-color-dimmed)',
  },
  waiting: {
    get text() {
      return t('common.reconnecting');
    },
    get means() {
      return t('shell.theServerDoesNotAnswer');
    },
    colour: 'var(--sg-warn)',
  },
  ended: {
    get text() {
      return t('shell.everyFewSeconds');
    },
    get means() {
      return t('shell.theServerTellsOfNo');
    },
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
