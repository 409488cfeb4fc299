// Somebody else changed the settings meanwhile: what they set, what mine would change in that, and which stays.

import { Modal, Stack, Text, Title } from '@mantine/core';
import { t } from '../../i18n';
import { changed, formOf, type SettingsForm } from '../../lib/settings';
import { instant, wall } from '../../lib/time';
import { type ConflictChoice, ConflictChoices } from '../ConflictChoices';
import { DiffView } from '../job/DiffView';
import type { Conflicting } from './useSettingsEditor';
import { told } from './words';

type Props = Conflicting & { choose: (how: ConflictChoice) => void };

export function Conflict({ mine, theirs, by, choose }: Props) {
  const before = formOf(mine.base.settings);
  const now = formOf(theirs.settings);
  return (
    <Modal
      opened
      onClose={() => choose('edit')}
      title={t('settings.somebodyElseChangedThem')}
      size="xl"
      closeOnClickOutside={false}
    >
      <Stack gap="md">
        <div>
          {by.map(({ id, user, at }) => (
            <Text key={id} fw={600} data-change-by={user}>
              {t('settings.changedThemAt', {
                author: user ?? t('common.unknown'),
                at: wall(instant(at) ?? 0),
              })}
            </Text>
          ))}
          <Text>{t('settings.yourChangesAreStillHere')}</Text>
        </div>
        <Changes title={t('form.whatTheyChanged')} before={before} after={now} />
        <Changes title={t('form.whatYoursWouldChangeIn')} before={now} after={mine.form} />
        <ConflictChoices choose={choose} />
      </Stack>
    </Modal>
  );
}

function Changes({ title, before, after }: { title: string; before: SettingsForm; after: SettingsForm }) {
  const changes = told(changed(before, after), before, after);
  return (
    <section aria-label={title}>
      <Title order={3} mb="xs">
        {title}
      </Title>
      {changes.length > 0 ? (
        <DiffView changes={changes} />
      ) : (
        <Text c="dimmed">{t('settings.bothAreAlike')}</Text>
      )}
    </section>
  );
}
