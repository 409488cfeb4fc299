// The search of a run's output: what is looked for, how many lines have it, and from one to the next.

import { ActionIcon, Button, Group, Loader, Text, TextInput, Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconChevronDown,
  IconChevronUp,
  IconRegex,
  IconSearch,
} from '@tabler/icons-react';
import { useState } from 'react';
import { number, t } from '../i18n';
import type { Search } from './useSearch';

/** What most programs call what went wrong. */
const ERRORS =
  '\\b(error|fatal|panic(ked)?|exception|traceback|fail(ed|ure)?|critical|segmentation fault)\\b';
/** `:120` goes to a line. */
const LINE = /^:\s*(\d+)$/;

type Props = { search: Search; onLine: (line: number) => void };

export function LogSearch({ search, onLine }: Props) {
  const [text, setText] = useState('');
  const [regex, setRegex] = useState(false);
  const submit = (pattern: string, asRegex: boolean) => {
    const line = LINE.exec(pattern.trim());
    if (line) return onLine(Number(line[1]));
    if (pattern === '') return search.clear();
    void search.submit({ pattern, regex: asRegex });
  };
  return (
    <Group gap={6} flex="1 1 350px" maw={480} role="search" aria-label={t('run.searchTheOutput')}>
      <TextInput
        size="xs"
        flex="1 1 150px"
        maw={210}
        aria-label={t('run.searchTheOutput')}
        placeholder={t('run.searchOr120ForA')}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={search.busy ? <Loader size={14} /> : undefined}
        value={text}
        error={search.error}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.shiftKey) void search.step(-1);
          else if (event.key === 'Enter') submit(text, regex);
          else if (event.key === 'Escape') {
            setText('');
            search.clear();
          } else return;
          event.preventDefault();
        }}
      />
      <Tooltip label={t('run.regularExpression')}>
        <ActionIcon
          variant={regex ? 'filled' : 'default'}
          aria-label={t('run.regularExpression')}
          aria-pressed={regex}
          onClick={() => setRegex(!regex)}
        >
          <IconRegex size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {search.query && (
        <>
          <Text size="xs" c="dimmed" role="status" data-matches={search.matches.length}>
            {words(search)}
          </Text>
          <ActionIcon
            variant="default"
            aria-label={t('run.previousMatch')}
            disabled={search.matches.length === 0}
            onClick={() => void search.step(-1)}
          >
            <IconChevronUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="default"
            aria-label={t('run.nextMatch')}
            disabled={search.matches.length === 0}
            onClick={() => void search.step(1)}
          >
            <IconChevronDown size={16} aria-hidden />
          </ActionIcon>
        </>
      )}
      <Button
        variant="default"
        size="xs"
        leftSection={<IconAlertTriangle size={14} aria-hidden />}
        onClick={() => {
          setText(ERRORS);
          setRegex(true);
          submit(ERRORS, true);
        }}
      >
        {t('run.errors')}
      </Button>
    </Group>
  );
}

function words({ matches, index, more, lines }: Search): string {
  if (matches.length === 0) return t('run.noneInLines', { lines: number(lines) });
  const place = { index: index + 1, count: number(matches.length) };
  return more ? t('run.ofOrMore', place) : t('run.of', place);
}
