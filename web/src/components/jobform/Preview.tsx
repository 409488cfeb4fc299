// What the server makes of the form so far: the schedule in words with its next runs, and who could run the job.
//
// Nothing here is computed in the browser: the same code that will run the job says it.

import { List, Paper, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { ProblemError } from '../../api/problem';
import { useCheck } from '../../api/queries';
import type { Job, ScheduleView } from '../../api/types';
import { t } from '../../i18n';
import { toJob } from '../../lib/jobform';
import { langOf } from '../../lib/language';
import { Instants } from '../Instants';
import { Meaning } from '../Meaning';
import { useJobForm } from './context';
import { useFormPreview } from './sections';

export function SchedulePanel() {
  const { preview, current } = useFormPreview();
  const { form } = useJobForm();
  const refused = current && preview.error instanceof ProblemError;
  return (
    <Paper
      component="section"
      withBorder
      p="md"
      bg="var(--sg-surface)"
      aria-label={t('form.whatTheScheduleMeans')}
      aria-live="polite"
    >
      <Title order={2} mb="xs">
        {t('form.theScheduleMeans')}
      </Title>
      {form.schedule.trim() === '' ? (
        <Text c="dimmed">{t('form.typeAScheduleToSee')}</Text>
      ) : refused ? (
        <Text c="var(--sg-bad)">{t('form.itCannotBeReadSee')}</Text>
      ) : preview.data ? (
        <Preview reply={preview.data} stale={!current} />
      ) : (
        <Text c="dimmed">{t('form.asking')}</Text>
      )}
    </Paper>
  );
}

function Preview({ reply, stale }: { reply: ScheduleView; stale: boolean }) {
  return (
    <Stack gap="xs" opacity={stale ? 0.6 : 1} data-preview={stale ? 'stale' : 'current'}>
      <Meaning schedule={reply} />
      {reply.next.length > 0 && (
        <Text size="xs" c="dimmed">
          {t('form.nextRuns', { zone: reply.zone })}
        </Text>
      )}
      <Instants next={reply.next} zone={reply.zone} />
    </Stack>
  );
}

/** What was typed rests this long before the whole form is checked. */
export const CHECK_WAIT_MS = 700;

export function FitsPanel({ before }: { before?: Job }) {
  const { form } = useJobForm();
  const [settled] = useDebouncedValue(form, CHECK_WAIT_MS);
  const check = useCheck(toJob(settled, before));
  const { data } = check;
  return (
    <Paper component="section" withBorder p="md" bg="var(--sg-surface)" aria-label={t('form.whoCouldRunIt')}>
      <Title order={2} mb="xs">
        {t('form.whoCouldRunIt')}
      </Title>
      {!data?.valid ? (
        <Text c="dimmed">{t('form.shownOnceTheFormIs')}</Text>
      ) : data.workers.length === 0 ? (
        <Text c="var(--sg-warn)">{t('form.noWorkerIsAlive')}</Text>
      ) : (
        <Stack gap="xs">
          {data.workers.map(({ worker, fits, reasons, notes }) => (
            <div key={worker}>
              <Text fw={500} c={fits ? 'var(--sg-good)' : 'var(--sg-bad)'}>
                {worker}: {fits ? t('common.yes') : t('form.no')}
              </Text>
              <List size="sm" spacing={2}>
                {[...reasons, ...notes].map((line) => (
                  <List.Item key={line} lang={langOf(line)}>
                    {line}
                  </List.Item>
                ))}
              </List>
            </div>
          ))}
        </Stack>
      )}
    </Paper>
  );
}
