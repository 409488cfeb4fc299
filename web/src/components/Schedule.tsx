// A schedule in a list: in the server's words, with its zone; the text that was typed on hover.

import { Code, Text, Tooltip } from '@mantine/core';
import { langOf } from '../lib/language';

type Props = { text: string; words: string; zone: string };

export function Schedule({ text, words, zone }: Props) {
  return (
    <Tooltip label={<Code>{text}</Code>}>
      <span>
        <Text span size="sm" lang={langOf(words)}>
          {words || text}
        </Text>{' '}
        <Text span size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          {zone}
        </Text>
        <span className="sr-only">, written as {text}</span>
      </span>
    </Tooltip>
  );
}
