// Where many jobs start at once, and what would spread them, in the server's words.

import { ActionIcon, Code, CopyButton, Group, List, Stack, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { Pile } from '../api/types';
import { Time } from '../design/Time';
import { t, tx } from '../i18n';
import { langOf } from '../lib/language';

export function Piles({ piles }: { piles: Pile[] }) {
  return (
    <Stack gap="sm">
      {piles.map((pile) => (
        <section key={pile.at} data-pile>
          <Text fw={500}>
            <Time at={pile.at} as="wall" /> (<Time at={pile.at} />)
          </Text>
          <Text lang={langOf(pile.message)}>{pile.message}</Text>
          <List size="sm" mt={4} spacing={2}>
            {pile.schedules.map((one) => (
              <List.Item key={`${one.schedule} ${one.zone}`}>
                <Piled {...one} />
              </List.Item>
            ))}
          </List>
        </section>
      ))}
    </Stack>
  );
}

function Piled({ schedule, zone, jobs, examples, spread }: Pile['schedules'][number]) {
  return (
    <>
      {tx('upcoming.jobsForExample', {
        schedule: <Code>{schedule}</Code>,
        zone,
        jobs,
        examples: examples.map((name, at) => (
          <span key={name}>
            {at > 0 && t('common.comma')}
            <Link href={`/jobs/${name}/edit`}>{name}</Link>
          </span>
        )),
      })}
      {spread && (
        <Group gap={6} component="span">
          {tx('upcoming.spreadBy', { spread: <Code>{spread}</Code> })}
          <Copy text={spread} />
        </Group>
      )}
    </>
  );
}

function Copy({ text }: { text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('common.copied') : t('common.copy')}>
          <ActionIcon variant="subtle" size={22} onClick={copy} aria-label={t('upcoming.copy', { text })}>
            {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
