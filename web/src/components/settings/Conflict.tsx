// Somebody else changed the settings meanwhile: what they set, what mine would change in that, and which stays.

import { Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import type { SettingsView } from '../../api/types';
import { t } from '../../i18n';
import { changed, formOf, type SettingsForm } from '../../lib/settings';
import { DiffView } from '../job/DiffView';
import type { Choice, Edit } from './useSettingsEditor';
import { told } from './words';

type Props = { mine: Edit; theirs: SettingsView; choose: (how: Choice) => void };

export function Conflict({ mine, theirs, choose }: Props) {
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
        <Text>{t('settings.yourChangesAreStillHere')}</Text>
        <Changes title={t('form.whatTheyChanged')} before={before} after={now} />
        <Changes title={t('form.whatYoursWouldChangeIn')} before={now} after={mine.form} />
        <Group justify="flex-end" gap="xs">
          <Button size="sm" variant="default" onClick={() => choose('edit')}>
            {t('form.keepEditing')}
          </Button>
          <Button size="sm" variant="default" onClick={() => choose('reload')}>
            {t('form.loadTheirsLoseMine')}
          </Button>
          <Button size="sm" color="red" variant="outline" onClick={() => choose('overwrite')}>
            {t('form.overwriteWithMine')}
          </Button>
          <Button size="sm" onClick={() => choose('merge')} data-autofocus>
            {t('form.putMyChangesOnTheirs')}
          </Button>
        </Group>
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
