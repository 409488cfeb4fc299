// The script of a shell job. A plain field stands here until the editor is fetched: what is typed meanwhile is kept.

import { Input, Textarea } from '@mantine/core';
import { lazy, Suspense, useId, useRef } from 'react';
import { t } from '../../i18n';
import { useField } from './context';
import { faultText } from './FaultText';
import classes from './jobform.module.css';

const ScriptEditor = lazy(() => import('./ScriptEditor'));

export function ScriptField() {
  const field = useField('shell.script');
  const id = useId();
  const plain = useRef<HTMLTextAreaElement>(null);
  const hadFocus = useRef(false);
  const error = faultText({ faults: field.faults, field: 'shell.script' });
  return (
    <Input.Wrapper
      className={classes.wide}
      label={t('form.script')}
      labelElement="div"
      withAsterisk
      error={error}
      errorProps={{ id }}
      inputWrapperOrder={['label', 'input', 'error']}
    >
      <Suspense
        fallback={
          <Textarea
            ref={plain}
            name="shell.script"
            aria-label={t('form.script')}
            className={classes.mono}
            autosize
            minRows={8}
            maxRows={30}
            placeholder="echo hello"
            spellCheck={false}
            value={field.value}
            onChange={(event) => field.set(event.currentTarget.value)}
            onFocus={() => {
              hadFocus.current = true;
            }}
            onBlur={() => {
              hadFocus.current = false;
            }}
          />
        }
      >
        <ScriptEditor
          value={field.value}
          set={field.set}
          label={t('form.script')}
          invalid={error !== undefined}
          describedBy={error !== undefined ? id : undefined}
          focus={hadFocus.current}
        />
      </Suspense>
    </Input.Wrapper>
  );
}
