// The tags of a module: what points to it, with a way to add one, move one here, and remove one.

import { ActionIcon, Badge, Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { IconTag, IconX } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import type { ModuleView } from '../../api/types';
import { t } from '../../i18n';
import { useActions } from '../actions';
import { confirm } from '../confirm';
import { For } from '../For';

export function Tags({ module }: { module: ModuleView }) {
  const act = useActions();
  const remove = (tag: string) =>
    confirm({
      title: t('modules.removeTheTagAsk', { tag }),
      text: t('modules.theModuleStaysAndSo'),
      yes: t('common.remove'),
      onYes: () => void act.removeTag(tag),
    });
  return (
    <Group gap={4}>
      {module.tags.map((tag) => (
        <Badge
          key={tag}
          variant="default"
          tt="none"
          data-tag={tag}
          rightSection={
            <For least="editor">
              <ActionIcon
                size={14}
                variant="transparent"
                color="gray"
                aria-label={t('modules.removeTheTag', { tag })}
                onClick={() => remove(tag)}
              >
                <IconX size={11} aria-hidden />
              </ActionIcon>
            </For>
          }
        >
          {tag}
        </Badge>
      ))}
      <For least="editor">
        <AddTag module={module} />
      </For>
    </Group>
  );
}

function AddTag({ module }: { module: ModuleView }) {
  const act = useActions();
  const [open, setOpen] = useState(false);
  const [tag, setTag] = useState(() => suggestion(module.name));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The form stands in a portal of the page, and its events still come up to what is around it.
    event.stopPropagation();
    if (await act.setTag(tag.trim(), module.digest, module.name)) setOpen(false);
  };
  return (
    <Popover opened={open} onChange={setOpen} trapFocus returnFocus width={280}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          aria-label={t('modules.tag', { name: module.name })}
          onClick={() => setOpen(!open)}
        >
          <IconTag size={15} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('modules.tag', { name: module.name })}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="xs">
            <TextInput
              label={t('modules.tagTitle')}
              description={t('modules.nameTagOneThatPoints')}
              value={tag}
              onChange={(event) => setTag(event.currentTarget.value)}
              data-autofocus
            />
            <Button type="submit" size="xs">
              {t('modules.setTheTag')}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

/** Returns what a tag of this file could be called. */
function suggestion(name: string): string {
  const plain = name
    .replace(/\.wasm$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);
  return plain ? `${plain}:stable` : '';
}
