// What the server found in a module without running it.

import { Code, Group, ScrollArea, Stack, Text } from '@mantine/core';
import type { ModuleView } from '../../api/types';
import { t } from '../../i18n';
import { bytes, sizeBytes } from '../../lib/quantity';

export function Found({ module: { report, asks_for } }: { module: ModuleView }) {
  return (
    <Group align="flex-start" gap="xl" p="xs">
      <Names title={t('modules.imports', { count: report.imports.length })} names={report.imports} />
      <Names title={t('modules.exports', { count: report.exports.length })} names={report.exports} />
      <Stack gap={4}>
        <Fact
          title={t('modules.canAskFor')}
          text={asks_for.length > 0 ? asks_for.join(', ') : t('common.nothing')}
        />
        <Fact title={t('modules.memoryAtItsStart')} text={bytes(sizeBytes(report.memory_min) ?? 0)} />
        {report.producers && report.producers.length > 0 && (
          <Fact title={t('modules.madeBy')} text={report.producers.join(', ')} />
        )}
      </Stack>
    </Group>
  );
}

function Fact({ title, text }: { title: string; text: string }) {
  return (
    <>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text>{text}</Text>
    </>
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
