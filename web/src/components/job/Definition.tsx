// A job's text to take along: as YAML, as a command, as JSON.

import { Button, Code, CopyButton, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import type { Job } from '../../api/types';
import { Panel } from '../../design/Panel';
import { t } from '../../i18n';
import { BASE } from '../../lib/base';
import { curlOf, yamlOf } from '../../lib/copytext';

type Form = 'yaml' | 'curl' | 'json';

const ABOUT: Record<Form, string> = {
  get yaml() {
    return t('job.whatSandglassJobApplyAnd');
  },
  get curl() {
    return t('job.makesTheJobAtA');
  },
  get json() {
    return t('job.asTheApiAnswersIt');
  },
};

export function Definition({ job }: { job: Job }) {
  const [form, setForm] = useState<Form>('yaml');
  const text = textOf(job, form);
  return (
    <Panel
      title={t('job.asItIsSavedWith')}
      aside={
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label={t('job.writtenAs')}
            value={form}
            onChange={(value) => setForm(value as Form)}
            data={[
              { value: 'yaml', label: 'YAML' },
              { value: 'curl', label: 'curl' },
              { value: 'json', label: 'JSON' },
            ]}
          />
          {/* A browser gives the clipboard to pages of https and of this machine alone; elsewhere the text is marked. */}
          {window.isSecureContext && (
            <CopyButton value={text}>
              {({ copied, copy }) => (
                <Button
                  variant="default"
                  leftSection={
                    copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />
                  }
                  onClick={copy}
                >
                  {copied ? t('common.copied') : t('common.copy')}
                </Button>
              )}
            </CopyButton>
          )}
        </Group>
      }
    >
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {ABOUT[form]}
        </Text>
        <Code block tabIndex={0} aria-label={t('job.theJobAsText')} style={{ userSelect: 'all' }}>
          {text}
        </Code>
      </Stack>
    </Panel>
  );
}

function textOf(job: Job, form: Form): string {
  if (form === 'yaml') return yamlOf(job);
  return form === 'curl' ? curlOf(job, window.location.origin + BASE) : JSON.stringify(job, null, 2);
}
