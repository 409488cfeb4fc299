// Uploaded modules: what the server found in each, who uses it, and a place to upload more.

import {
  ActionIcon,
  Code,
  CopyButton,
  Group,
  ScrollArea,
  Stack,
  Table,
  Text,
  Tooltip,
  UnstyledButton,
} from '@mantine/core';
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
import { confirm } from '../components/confirm';
import { done } from '../components/toast';
import { UploadArea } from '../components/Upload';
import { Page } from '../design/Page';
import { Panel } from '../design/Panel';
import { Empty, Failure, Loading } from '../design/States';
import { Time } from '../design/Time';
import { bytes, sizeBytes } from '../lib/quantity';

export function ModulesPage() {
  const modules = useModules();
  return (
    <Page
      title="Modules"
      about="WASI programs for wasm jobs. A module never changes: another upload is another module."
    >
      <UploadArea
        onUploaded={(module) =>
          done(`${module.name} is there`, `${bytes(sizeBytes(module.size) ?? 0)}, ${short(module.digest)}`)
        }
      />
      {modules.isPending ? (
        <Loading what="modules" />
      ) : modules.isError && !modules.data ? (
        <Failure
          title="The modules cannot be read"
          message={messageOf(modules.error)}
          retry={() => void modules.refetch()}
        />
      ) : (
        <Panel flush>
          {modules.data.modules.length === 0 ? (
            <Empty title="No modules yet">
              Compile a program for WASI, for example with “cargo build --target wasm32-wasip1”, and drop the
              .wasm file above.
            </Empty>
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
    <Table miw={760}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Shape</Table.Th>
          <Table.Th>Size</Table.Th>
          <Table.Th>Uploaded</Table.Th>
          <Table.Th>Used by</Table.Th>
          <Table.Th>
            <span className="sr-only">Actions</span>
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
  const used = module.used_by.length > 0;
  const remove = () =>
    confirm({
      title: `Delete ${module.name}?`,
      text: 'No job uses it. To have it again it must be uploaded again.',
      yes: 'Delete',
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
              aria-label={`What was found in ${module.name}`}
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
          {module.report.shape === 'core' ? 'core, WASI preview 1' : 'component, WASI preview 2'}
        </Table.Td>
        <Table.Td>{bytes(sizeBytes(module.size) ?? 0)}</Table.Td>
        <Table.Td>
          <Time at={module.uploaded_at} /> by {module.uploaded_by}
        </Table.Td>
        <Table.Td>
          <UsedBy names={module.used_by} />
        </Table.Td>
        <Table.Td>
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <Tooltip label="Make a job of it">
              <ActionIcon
                component={Link}
                href={`/jobs/new?module=${module.digest}`}
                aria-label={`Make a job of ${module.name}`}
              >
                <IconPlus size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Download">
              <ActionIcon
                component="a"
                href={`/api/v1/modules/${module.digest}/content`}
                download={module.name}
                aria-label={`Download ${module.name}`}
              >
                <IconDownload size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={used ? 'Jobs use it' : 'Delete'}>
              <ActionIcon aria-label={`Delete ${module.name}`} disabled={used} onClick={remove}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </Group>
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={6}>
            <Found module={module} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

function UsedBy({ names }: { names: string[] }) {
  if (names.length === 0) return <Text c="dimmed">no job</Text>;
  return (
    <Group gap={6}>
      {names.slice(0, 3).map((name) => (
        <Link key={name} href={`/jobs/${name}`} className="plain">
          {name}
        </Link>
      ))}
      {names.length > 3 && <Text c="dimmed">and {names.length - 3} more</Text>}
    </Group>
  );
}

function Found({ module: { report } }: { module: ModuleView }) {
  return (
    <Group align="flex-start" gap="xl" p="xs">
      <Names title={`Imports (${report.imports.length})`} names={report.imports} />
      <Names title={`Exports (${report.exports.length})`} names={report.exports} />
      <Stack gap={4}>
        <Text size="xs" c="dimmed">
          Memory at its start
        </Text>
        <Text>{bytes(sizeBytes(report.memory_min) ?? 0)}</Text>
        {report.producers && report.producers.length > 0 && (
          <>
            <Text size="xs" c="dimmed">
              Made by
            </Text>
            <Text>{report.producers.join(', ')}</Text>
          </>
        )}
      </Stack>
    </Group>
  );
}

function Names({ title, names }: { title: string; names: string[] }) {
  return (
    <Stack gap={4} style={{ flex: 1, minWidth: 220 }}>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <ScrollArea.Autosize mah={220} viewportProps={{ tabIndex: 0, 'aria-label': title }}>
        {names.map((name) => (
          <Code key={name} display="block" bg="transparent" px={0}>
            {name}
          </Code>
        ))}
      </ScrollArea.Autosize>
    </Stack>
  );
}

function Digest({ digest }: { digest: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="xs" c="dimmed" ff="monospace" title={digest}>
        {short(digest)}
      </Text>
      <CopyButton value={digest}>
        {({ copied, copy }) => (
          <UnstyledButton onClick={copy} aria-label={copied ? 'Copied' : 'Copy the digest'} c="dimmed">
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
