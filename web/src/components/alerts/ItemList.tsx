// A list of the alerts' settings: its rows, and adding, changing and removing one where who is in may do so.

import { ActionIcon, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { messageOf, sentence } from '../../api/problem';
import { type AlertPart, useAlertPart, useMay } from '../../api/queries';
import type { Role } from '../../api/types';
import { Panel } from '../../design/Panel';
import { Empty, Failure, Loading } from '../../design/States';
import { t } from '../../i18n';
import { useActions } from '../actions';
import { confirm } from '../confirm';
import classes from './alerts.module.css';
import { partWords } from './parts';

type Named = { name: string };

export type FormProps<T> = { read: { items: T[]; etag: string }; item?: T; onClose: () => void };

type Props<T> = {
  part: AlertPart;
  /** What the button says that adds one. */
  add: string;
  about: string;
  empty: string;
  least: Role;
  row: (item: T) => ReactNode;
  /** What else can be done with one. */
  extra?: (item: T) => ReactNode;
  removal: (item: T) => string;
  Form: (props: FormProps<T>) => ReactNode;
};

export function ItemList<T extends Named>(props: Props<T>) {
  const { part, add, about, empty, least, row, extra, removal, Form } = props;
  const list = useAlertPart(part);
  const may = useMay();
  const act = useActions();
  const [edited, setEdited] = useState<{ item?: T }>();
  if (list.isPending) return <Loading what={partWords(part)} />;
  if (!list.data) {
    return (
      <Failure
        title={t('alerts.theCannotBeRead', { part: partWords(part) })}
        message={messageOf(list.error)}
        retry={() => void list.refetch()}
      />
    );
  }
  const { etag } = list.data;
  const items = Object.values(list.data.list)[0] as unknown as T[];
  const remove = (item: T) =>
    confirm({
      title: t('common.removeAsk', { name: item.name }),
      text: removal(item),
      yes: t('common.remove'),
      onYes: () =>
        void act.setAlerts(
          part,
          items.filter(({ name }) => name !== item.name),
          etag,
        ),
    });
  return (
    <Panel
      flush
      title={sentence(partWords(part))}
      aside={
        may(least) && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEdited({})}>
            {add}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed" px="sm" pb="sm">
        {about}
      </Text>
      {items.length === 0 ? (
        <Empty title={t('alerts.no', { part: partWords(part) })}>{empty}</Empty>
      ) : (
        <ul className={classes.list} aria-label={partWords(part)}>
          {items.map((item) => (
            <li key={item.name} data-item={item.name}>
              <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
                {row(item)}
              </Stack>
              <Group gap={4} wrap="nowrap">
                {extra?.(item)}
                {may(least) && (
                  <>
                    <Tooltip label={t('alerts.change', { name: item.name })}>
                      <ActionIcon
                        aria-label={t('alerts.change', { name: item.name })}
                        onClick={() => setEdited({ item })}
                      >
                        <IconPencil size={16} aria-hidden />
                      </ActionIcon>
                    </Tooltip>
                    <Tooltip label={t('common.removeTitle', { name: item.name })}>
                      <ActionIcon
                        aria-label={t('common.removeTitle', { name: item.name })}
                        onClick={() => remove(item)}
                      >
                        <IconTrash size={16} aria-hidden />
                      </ActionIcon>
                    </Tooltip>
                  </>
                )}
              </Group>
            </li>
          ))}
        </ul>
      )}
      {edited && <Form read={{ items, etag }} item={edited.item} onClose={() => setEdited(undefined)} />}
    </Panel>
  );
}
