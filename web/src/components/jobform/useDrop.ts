// A file dropped on the form: a script becomes the job's script, a module is uploaded and chosen.

import { type DragEvent, useCallback, useState } from 'react';
import { t } from '../../i18n';
import type { JobForm } from '../../lib/jobform';
import { bytes } from '../../lib/quantity';
import { interpreterOf, isText, jobNameOf, SCRIPT_BYTES_MAX } from '../../lib/scriptfile';
import { confirm } from '../confirm';
import { done, failed } from '../toast';
import type { JobFormState } from './context';

type Options = { form: JobForm; set: JobFormState['set']; saved: boolean };

export function useDrop({ form, set, saved }: Options) {
  const [over, setOver] = useState(false);
  const [module, setModule] = useState<File>();

  const script = async (file: File) => {
    const why = t('form.isNotTaken', { name: file.name });
    if (file.size > SCRIPT_BYTES_MAX) {
      return failed(
        why,
        new Error(
          t('form.aScriptMayHaveIt', { scriptBytesMax: bytes(SCRIPT_BYTES_MAX), size: bytes(file.size) }),
        ),
      );
    }
    const text = await file.text();
    if (!isText(text)) return failed(why, new Error(t('form.itIsNoTextDrop')));
    const take = () => {
      const interpreter = interpreterOf(text);
      set('kind', 'shell');
      set('shell.script', text);
      if (interpreter) set('shell.interpreter', interpreter);
      if (!saved && form.name === '') set('name', jobNameOf(file.name));
      done(
        t('form.isTheScript', { name: file.name }),
        interpreter && t('form.runByAsItsFirst', { interpreter: interpreter.join(' ') }),
      );
    };
    const stands = form['shell.script'];
    if (form.kind !== 'shell' || stands.trim() === '' || stands === text) return take();
    confirm({
      title: t('form.replaceTheScriptAsk'),
      text: t('form.takesThePlaceOfWhat', { name: file.name }),
      yes: t('form.replace'),
      danger: false,
      onYes: take,
    });
  };

  const taken = (file: File) => {
    if (!file.name.toLowerCase().endsWith('.wasm')) return void script(file);
    set('kind', 'wasm');
    if (!saved && form.name === '') set('name', jobNameOf(file.name));
    setModule(file);
  };

  // Caught on the way down: the editor would put the file's text where the pointer is.
  const handlers = {
    onDragOverCapture: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDropCapture: (event: DragEvent) => {
      const file = event.dataTransfer.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(false);
      taken(file);
    },
  };
  const moduleTaken = useCallback(() => setModule(undefined), []);
  return { over, module, moduleTaken, handlers };
}
