// A list of the alerts' settings: shown as it is, written as a whole under the tag of what was read.

import { Button, Code, Group, Stack, Text, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { messageOf } from '../../api/problem';
import { type AlertPart, useAlertPart, useMay } from '../../api/queries';
import type { Role } from '../../api/types';
import { Panel } from '../../design/Panel';
import { Failure, Loading } from '../../design/States';
import { useActions } from '../actions';

type Props = { part: AlertPart; title: string; about: string; least: Role; children?: ReactNode };

export function ListEditor({ part, title, about, least, children }: Props) {
  const list = useAlertPart(part);
  const may = useMay();
  const act = useActions();
  const [text, setText] = useState<string>();
  const [fault, setFault] = useState<string>();
  if (list.isPending) return <Loading what={part} />;
  if (!list.data) {
    return (
      <Failure
        title={`The ${part} cannot be read`}
        message={messageOf(list.error)}
        retry={() => void list.refetch()}
      />
    );
  }
  const { list: stands, etag } = list.data;
  const shown = JSON.stringify(Object.values(stands)[0], null, 2);
  const save = async () => {
    let items: unknown;
    try {
      items = JSON.parse(text ?? '');
    } catch (error) {
      setFault(`This is no JSON: ${error instanceof Error ? error.message : error}`);
      return;
    }
    setFault(undefined);
    if (await act.setAlerts(part, items, etag)) setText(undefined);
  };
  const edit = may(least) && text === undefined && (
    <Button size="compact-sm" variant="default" onClick={() => setText(shown)} aria-label={`Edit ${part}`}>
      Edit
    </Button>
  );
  return (
    <Panel title={title} aside={edit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {about}
        </Text>
        {children}
        {text === undefined ? (
          !children && <Code block>{shown}</Code>
        ) : (
          <>
            <Textarea
              label={`${title} as JSON`}
              autosize
              minRows={6}
              maxRows={30}
              value={text}
              error={fault}
              onChange={(event) => setText(event.currentTarget.value)}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            />
            <Group gap="sm">
              <Button onClick={() => void save()}>Save</Button>
              <Button variant="default" onClick={() => setText(undefined)}>
                Leave as it was
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Panel>
  );
}
