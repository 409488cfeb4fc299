// Uploads one module: by choosing a file or dropping it, with progress, cancel, and the server's reasons.

import { Alert, Button, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { messageOf, ProblemError } from '../api/problem';
import { refresh } from '../api/queries';
import type { ModuleView } from '../api/types';
import { Cancelled, type Upload, uploadModule } from '../api/upload';
import { t } from '../i18n';
import { bytes } from '../lib/quantity';
import { goToLogin } from './navigation';
import classes from './upload.module.css';

type State =
  | { kind: 'idle' }
  | { kind: 'sending'; file: File; share: number }
  | { kind: 'refused'; file: File; why: string[] };

/** `file` is one that was chosen elsewhere: it is uploaded at once. */
type Props = { onUploaded: (module: ModuleView) => void; file?: File };

export function UploadArea({ onUploaded, file }: Props) {
  const client = useQueryClient();
  const [state, setState] = useState<State>({ kind: 'idle' });
  const [over, setOver] = useState(false);
  const current = useRef<Upload | undefined>(undefined);
  useEffect(() => () => current.current?.cancel(), []);

  const begin = async (file: File | null | undefined) => {
    if (!file || current.current) return;
    setState({ kind: 'sending', file, share: 0 });
    const upload = uploadModule(file, (share) => setState({ kind: 'sending', file, share }));
    current.current = upload;
    try {
      const module = await upload.done;
      setState({ kind: 'idle' });
      void refresh(client);
      onUploaded(module);
    } catch (error) {
      if (error instanceof Cancelled) setState({ kind: 'idle' });
      else if (error instanceof ProblemError && error.status === 401) goToLogin();
      else setState({ kind: 'refused', file, why: reasons(error) });
    } finally {
      current.current = undefined;
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a file is uploaded once, when it comes
  useEffect(() => {
    // A drop that was caught before it came here ends here too.
    setOver(false);
    // A mount that is taken back at once, as in development, uploads nothing.
    const soon = setTimeout(() => void begin(file), 0);
    return () => clearTimeout(soon);
  }, [file]);

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void begin(event.dataTransfer.files[0]);
  };

  return (
    <Stack gap="xs">
      <section
        className={classes.area}
        data-over={over || undefined}
        aria-label={t('common.uploadAModule')}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {state.kind === 'sending' ? (
          <Sending file={state.file} share={state.share} cancel={() => current.current?.cancel()} />
        ) : (
          <Group gap="sm" justify="center">
            <FileButton
              onChange={(file) => void begin(file)}
              accept=".wasm,application/wasm"
              inputProps={{ 'aria-label': t('modules.moduleFile') }}
            >
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconUpload size={16} aria-hidden />}>
                  {t('modules.uploadAWasmFile')}
                </Button>
              )}
            </FileButton>
            <Text size="sm" c="dimmed">
              {t('modules.orDropItHere')}
            </Text>
          </Group>
        )}
      </section>
      {state.kind === 'refused' && (
        <Alert
          color="red"
          variant="outline"
          role="alert"
          title={t('modules.wasNotTaken', { name: state.file.name })}
          withCloseButton
          closeButtonLabel={t('common.putAway')}
          onClose={() => setState({ kind: 'idle' })}
        >
          {state.why.map((line) => (
            <Text key={line} size="sm">
              {line}
            </Text>
          ))}
        </Alert>
      )}
    </Stack>
  );
}

function Sending({ file, share, cancel }: { file: File; share: number; cancel: () => void }) {
  const percent = Math.round(share * 100);
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text size="sm">
          {share < 1
            ? t('modules.of', { name: file.name, percent, size: bytes(file.size) })
            : t('modules.theServerLooksIntoIt', { name: file.name })}
        </Text>
        <Button variant="default" onClick={cancel}>
          {t('common.cancel')}
        </Button>
      </Group>
      <Progress
        value={percent}
        striped={share >= 1}
        animated={share >= 1}
        aria-label={t('modules.uploadOf', { name: file.name })}
      />
    </Stack>
  );
}

function reasons(error: unknown): string[] {
  if (!(error instanceof ProblemError)) return [messageOf(error)];
  return [
    messageOf(error),
    ...error.errors.map(({ message, hint }) => (hint ? `${message} \u2013 ${hint}` : message)),
  ];
}
