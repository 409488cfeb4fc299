// Uploaded modules: what the server found in each, what points to it, who uses it, and a place to upload more.

import {
  ActionIcon,
  Anchor,
  CopyButton,
  Group,
  Stack,
  Table,
  Text,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
import { modals } from '@mantine/modals';
import {
  IconCheck,
  IconChevronDown,
  IconChevronRight,
  IconCopy,
  IconDownload,
  IconPlus,
  IconTrash,
} from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { messageOf } from '../api/problem';
import { useModules } from '../api/queries';
import type { ModuleView } from '../api/types';
import { useActions } from '../components/actions';
import { confirm, explain } from '../components/confirm';
import { For } from '../components/For';
import { Found } from '../components/modules/Found';
import { Tags } from '../components/modules/Tags';
import { done } from '../components/toast';
import { UploadArea } from '../components/Upload';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { t, tx } from '../i18n';
import { at } from '../lib/base';
import { bytes, sizeBytes } from '../lib/quantity';

export function ModulesPage() {
  const modules = useModules();
  return (
    <Page title={t('common.modules')} about={t('modules.wasiProgramsForWasmJobs')}>
      <For least="editor">
        <UploadArea
          onUploaded={(module) =>
            done(
              t('modules.isThere', { name: module.name }),
              `${bytes(sizeBytes(module.size) ?? 0)}, ${short(module.digest)}`,
            )
          }
        />
      </For>
      {modules.isPending ? (
        <Loading what={t('modules.modules')} />
      ) : modules.isError && !modules.data ? (
        <Failure
          title={t('modules.theModulesCannotBeRead')}
          message={messageOf(modules.error)}
          retry={() => void modules.refetch()}
        />
      ) : (
        <Panel flush>
          {modules.data.modules.length === 0 ? (
            <Empty title={t('modules.noModulesYet')}>{t('modules.compileAProgramForWasi')}</Empty>
          ) : (
            <ModuleTable modules={modules.data.modules} />
          )}
        </Panel>
      )}
    </Page>
  );
}

function ModuleTable({ modules }: { modules: ModuleView[] }) {
  return (
    <Table miw={900}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('common.name')}</Table.Th>
          <Table.Th>{t('modules.tags')}</Table.Th>
          <Table.Th>{t('common.kind')}</Table.Th>
          <Table.Th>{t('modules.size')}</Table.Th>
          <Table.Th>{t('modules.uploaded')}</Table.Th>
          <Table.Th>{t('modules.usedBy')}</Table.Th>
          <Table.Th>
            <span className="sr-only">{t('common.actions')}</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {modules.map((module) => (
          <Row key={module.digest} module={module} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ module }: { module: ModuleView }) {
  const act = useActions();
  const [open, setOpen] = useState(false);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  const remove = () =>
    module.used_by.length > 0
      ? explain({
          title: t('modules.cannotBeDeleted', { name: module.name }),
          text: <Users names={module.used_by} />,
        })
      : confirm({
          title: t('common.deleteAsk', { name: module.name }),
          text: t('modules.noJobUsesItTo', { tags: tagsGo(module.tags) }),
          yes: t('common.delete'),
          onYes: () => void act.deleteModule(module.digest, module.name),
        });
  return (
    <>
      <Table.Tr data-module={module.digest}>
        <Table.Td>
          <Group gap={6} wrap="nowrap">
            <UnstyledButton
              onClick={() => setOpen(!open)}
              aria-expanded={open}
              aria-label={t('modules.whatWasFoundIn', { name: module.name })}
            >
              <Chevron size={16} aria-hidden />
            </UnstyledButton>
            <div>
              <Text fw={600}>{module.name}</Text>
              <Digest digest={module.digest} />
            </div>
          </Group>
        </Table.Td>
        <Table.Td>
          <Tags module={module} />
        </Table.Td>
        <Table.Td>
          {module.report.shape === 'core'
            ? t('modules.coreWasiPreview1')
            : t('modules.componentWasiPreview2')}
        </Table.Td>
        <Table.Td>{bytes(sizeBytes(module.size) ?? 0)}</Table.Td>
        <Table.Td>
          {tx('common.timeBy', { time: <Time at={module.uploaded_at} />, author: module.uploaded_by })}
        </Table.Td>
        <Table.Td>
          <UsedBy names={module.used_by} />
        </Table.Td>
        <Table.Td>
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <For least="editor">
              <Tooltip label={t('modules.makeAJobOfIt')}>
                <ActionIcon
                  component={Link}
                  href={`/jobs/new?module=${module.digest}`}
                  aria-label={t('modules.makeAJobOf', { name: module.name })}
                >
                  <IconPlus size={16} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </For>
            <Tooltip label={t('common.download')}>
              <ActionIcon
                component="a"
                href={at(`/api/v1/modules/${module.digest}/content`)}
                download={module.name}
                aria-label={t('modules.download', { name: module.name })}
              >
                <IconDownload size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <For least="editor">
              <Tooltip label={t('common.delete')}>
                <ActionIcon aria-label={t('modules.delete', { name: module.name })} onClick={remove}>
                  <IconTrash size={16} aria-hidden />
                </ActionIcon>
              </Tooltip>
            </For>
          </Group>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={7}>
            <Found module={module} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function UsedBy({ names }: { names: string[] }) {
  if (names.length === 0) return <Text c="dimmed">{t('modules.noJob')}</Text>;
  return (
    <Group gap={6}>
      {names.slice(0, 3).map((name) => (
        <Link key={name} href={`/jobs/${name}`} className="plain">
          {name}
        </Link>
      ))}
      {names.length > 3 && <Text c="dimmed">{t('common.andMore', { count: names.length - 3 })}</Text>}
    </Group>
  );
}

/** Jobs named in why a module stays. */
const NAMED_MAX = 20;

function Users({ names }: { names: string[] }) {
  return (
    <Stack gap="xs">
      <Text>{t('modules.theseJobsRunItChange')}</Text>
      <Group gap={8}>
        {names.slice(0, NAMED_MAX).map((name) => (
          <Anchor key={name} component={Link} href={`/jobs/${name}`} onClick={() => modals.closeAll()}>
            {name}
          </Anchor>
        ))}
        {names.length > NAMED_MAX && (
          <Text c="dimmed">{t('common.andMore', { count: names.length - NAMED_MAX })}</Text>
        )}
      </Group>
    </Stack>
  );
}

function tagsGo(tags: string[]): string {
  if (tags.length === 0) return '';
  return t('modules.goWithIt', { tags: tags.join(t('common.comma')), count: tags.length });
}

function Digest({ digest }: { digest: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="xs" c="dimmed" ff="monospace" title={digest}>
        {short(digest)}
      </Text>
      <CopyButton value={digest}>
        {({ copied, copy }) => (
          <UnstyledButton
            onClick={copy}
            aria-label={copied ? t('common.copied') : t('modules.copyTheDigest')}
            c="dimmed"
          >
            {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
          </UnstyledButton>
        )}
      </CopyButton>
    </Group>
  );
}

function short(digest: string): string {
  return `${digest.slice(0, 19)}\u2026`;
}
