// The frame of the form of a channel, a rule or a mute: a dialog with what is wrong on top and two buttons below.

import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { t } from '../../i18n';
import { useStay } from '../navigation';

type Props = {
  title: string;
  problem?: string;
  saving: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
};

export function ItemForm({ title, problem, saving, onSubmit, onClose, children }: Props) {
  useStay();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!saving) onSubmit();
  };
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false}>
      <form onSubmit={submit} noValidate aria-label={title}>
        <Stack gap="sm">
          {problem && (
            <Alert color="red" variant="outline" role="alert" title={t('common.itWasNotSaved')}>
              {problem}
            </Alert>
          )}
          {children}
          <Group justify="flex-end" gap="xs" mt="xs">
            <Button size="sm" variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button size="sm" type="submit" loading={saving}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
