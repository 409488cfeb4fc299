// The session ended while something was typed that is not saved: one logs in above the page, and goes on where one was.

import { Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { refresh } from '../api/queries';
import { t } from '../i18n';
import { LoginForm } from './LoginForm';
import { onLoginAgain } from './navigation';

export function LoginAgain() {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  useEffect(() => onLoginAgain(() => setAsked(true)), []);
  const goOn = () => {
    setAsked(false);
    void refresh(client);
  };
  return (
    <Modal
      opened={asked}
      onClose={() => setAsked(false)}
      title={t('account.sessionEnded')}
      closeOnClickOutside={false}
      zIndex={400}
    >
      {asked && (
        <Stack gap="md">
          <Text>{t('account.typedIsStillHere')}</Text>
          <LoginForm onIn={goOn} />
        </Stack>
      )}
    </Modal>
  );
}
