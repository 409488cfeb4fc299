// Somebody else saved the job while it was edited: what they changed, what mine would change in theirs, and whose text stays.

import { Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { type CurrentSave, sentence } from '../../api/problem';
import type { Job, JobView } from '../../api/types';
import { differences } from '../../lib/jobdiff';
import { type JobForm, toForm, toJob } from '../../lib/jobform';
import { instant, wall } from '../../lib/time';
import { DiffView } from '../job/DiffView';

export type ConflictState = { current?: CurrentSave; detail: string; theirs: JobView };

type Props = ConflictState & {
  base: Job;
  form: JobForm;
  choose: (how: 'edit' | 'merge' | 'reload' | 'overwrite') => void;
};

export function Conflict({ current, detail, theirs, base, form, choose }: Props) {
  const by = current
    ? `${current.author} saved it at ${wall(instant(current.saved_at) ?? 0)}${current.reason ? ` (\u201c${current.reason}\u201d)` : ''}.`
    : sentence(detail);
  // Both as the form would send them, so that a default that is filled in is no difference.
  const sent = toJob(toForm(theirs.job), theirs.job);
  return (
    <Modal
      opened
      onClose={() => choose('edit')}
      title="Somebody else saved this job meanwhile"
      size="xl"
      closeOnClickOutside={false}
    >
      <Stack gap="md">
        <Text>{by} Your changes are still in the form.</Text>
        <section aria-label="What they changed">
          <Title order={3} mb="xs">
            What they changed
          </Title>
          <DiffView changes={differences(base, theirs.job)} />
        </section>
        <section aria-label="What yours would change in theirs">
          <Title order={3} mb="xs">
            What yours would change in theirs
          </Title>
          <DiffView changes={differences(sent, toJob(form, base))} />
        </section>
        <Group justify="flex-end" gap="xs">
          <Button size="sm" variant="default" onClick={() => choose('edit')}>
            Keep editing
          </Button>
          <Button size="sm" variant="default" onClick={() => choose('reload')}>
            Load theirs, lose mine
          </Button>
          <Button size="sm" color="red" variant="outline" onClick={() => choose('overwrite')}>
            Overwrite with mine
          </Button>
          <Button size="sm" onClick={() => choose('merge')} data-autofocus>
            Put my changes on theirs
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
