// Somebody else saved the job while it was edited: what they changed, what mine would change in theirs, and whose text stays.

import { Modal, Stack, Text, Title } from '@mantine/core';
import { type CurrentSave, sentence } from '../../api/problem';
import type { Job, JobView } from '../../api/types';
import { t } from '../../i18n';
import { differences } from '../../lib/jobdiff';
import { type JobForm, toForm, toJob } from '../../lib/jobform';
import { instant, wall } from '../../lib/time';
import { type ConflictChoice, ConflictChoices } from '../ConflictChoices';
import { DiffView } from '../job/DiffView';

export type ConflictState = { current?: CurrentSave; detail: string; theirs: JobView };

type Props = ConflictState & {
  base: Job;
  form: JobForm;
  choose: (how: ConflictChoice) => void;
};

function savedBy({ author, saved_at, reason }: CurrentSave): string {
  const at = wall(instant(saved_at) ?? 0);
  return reason ? t('form.savedItAt', { author, at, reason }) : t('form.savedItAtAuthorAt', { author, at });
}

export function Conflict({ current, detail, theirs, base, form, choose }: Props) {
  const by = current ? savedBy(current) : sentence(detail);
  // Both as the form would send them, so that a default that is filled in is no difference.
  const sent = toJob(toForm(theirs.job), theirs.job);
  return (
    <Modal
      opened
      onClose={() => choose('edit')}
      title={t('form.somebodyElseSavedThisJob')}
      size="xl"
      closeOnClickOutside={false}
    >
      <Stack gap="md">
        <Text>{t('form.yourChangesAreStillIn', { by })}</Text>
        <section aria-label={t('form.whatTheyChanged')}>
          <Title order={3} mb="xs">
            {t('form.whatTheyChanged')}
          </Title>
          <DiffView changes={differences(base, theirs.job)} />
        </section>
        <section aria-label={t('form.whatYoursWouldChangeIn')}>
          <Title order={3} mb="xs">
            {t('form.whatYoursWouldChangeIn')}
          </Title>
          <DiffView changes={differences(sent, toJob(form, base))} />
        </section>
        <ConflictChoices choose={choose} />
      </Stack>
    </Modal>
  );
}
