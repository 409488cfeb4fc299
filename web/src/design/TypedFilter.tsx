// A filter that is typed: it takes hold a moment after the last key, so that not every letter asks the server.

import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';

const TYPING_WAIT_MS = 350;

type Props = {
  label: string;
  value?: string;
  onSettled: (value: string) => void;
  placeholder: string;
  w?: string;
};

export function TypedFilter({ label, value = '', onSettled, placeholder, w }: Props) {
  const [text, setText] = useState(value);
  const [settled] = useDebouncedValue(text, TYPING_WAIT_MS);
  // The address may change by itself: the back button, or a cleared filter.
  useEffect(() => setText(value), [value]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed sets the filter
  useEffect(() => {
    if (settled === text && settled !== value) onSettled(settled.trim());
  }, [settled]);
  return (
    <TextInput
      label={label}
      size="xs"
      w={w ?? 180}
      value={text}
      placeholder={placeholder}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}
