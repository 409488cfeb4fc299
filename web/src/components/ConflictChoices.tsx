// What may become of a text that somebody else saved meanwhile: the same four choices wherever two may meet.

import { Button, Group } from '@mantine/core';
import { t } from '../i18n';

export type ConflictChoice = 'edit' | 'merge' | 'reload' | 'overwrite';

export function ConflictChoices({ choose }: { choose: (how: ConflictChoice) => void }) {
  return (
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
  );
}
