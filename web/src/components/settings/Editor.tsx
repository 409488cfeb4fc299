// The form of what holds for all masters: sessions, and how long things are kept.
//
// The server checks everything; its errors come back to their fields, the rest stands on top. What would be kept for
// shorter is asked first, since nothing brings it back.

import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { type FormEvent, useRef } from 'react';
import { messageOf, type ProblemError, sentence } from '../../api/problem';
import { useSettings } from '../../api/queries';
import { Panel } from '../../design/Panel';
import { Failure, Loading } from '../../design/States';
import { t } from '../../i18n';
import { langOf } from '../../lib/language';
import { formOf, keptShorter, type PlacedFaults, placed, type SettingName } from '../../lib/settings';
import { askToLeave, confirm } from '../confirm';
import { focusFirstFault, keepFocus } from '../focus';
import { DiffView } from '../job/DiffView';
import { useLeaveGuard } from '../navigation';
import { Conflict } from './Conflict';
import { SettingRow } from './SettingRow';
import classes from './settings.module.css';
import { type Edit, useSettingsEditor } from './useSettingsEditor';
import { told } from './words';

const KEPT: SettingName[] = ['audit_days', 'revisions_max', 'revisions_days', 'ranges_days'];

export function Editor() {
  const settings = useSettings();
  const element = useRef<HTMLFormElement>(null);
  const editor = useSettingsEditor(settings.data, {
    ask: askToKeepShorter,
    onClean: () => keepFocus(element.current),
    // The first field that is wrong gets the focus, once it is drawn.
    onRefused: () => void setTimeout(() => focusFirstFault(element.current), 50),
  });
  const { shown, dirty, saving, problem, conflict } = editor;
  useLeaveGuard(dirty, askToLeave);
  if (!shown) {
    if (settings.isPending) return <Loading what={t('settings.theSettings')} />;
    return (
      <Failure
        title={t('settings.theSettingsCannotBeRead')}
        message={messageOf(settings.error)}
        retry={() => void settings.refetch()}
      />
    );
  }
  const faults: PlacedFaults = problem ? placed(shown.form, problem) : { here: {}, elsewhere: [] };
  const rows = (names: SettingName[]) => (
    <ul className={classes.list}>
      {names.map((name) => (
        <SettingRow
          key={name}
          name={name}
          shown={shown}
          set={(value) => editor.set(name, value)}
          faults={faults.here[name]}
        />
      ))}
    </ul>
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    editor.submit();
  };
  return (
    <form
      onSubmit={submit}
      ref={element}
      noValidate
      aria-label={t('common.settings')}
      tabIndex={-1}
      className={classes.form}
    >
      {conflict && <Conflict {...conflict} choose={(how) => void editor.settle(how)} />}
      <Stack gap="md">
        {problem && <Problems problem={problem} faults={faults} />}
        <Panel title={t('settings.sessions')} flush>
          {rows(['session_ttl'])}
        </Panel>
        <Panel title={t('settings.howLongThingsAreKept')} flush>
          {rows(KEPT)}
        </Panel>
        <Group gap="xs">
          <Button type="submit" size="sm" loading={saving} disabled={!dirty}>
            {t('common.save')}
          </Button>
          {dirty && (
            <>
              <Button size="sm" variant="default" onClick={editor.discard}>
                {t('settings.discardMyChanges')}
              </Button>
              <Text size="sm" c="dimmed">
                {t('form.notSavedYet')}
              </Text>
            </>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Problems({ problem, faults: { here, elsewhere } }: { problem: ProblemError; faults: PlacedFaults }) {
  const atFields = Object.values(here).flat().length;
  return (
    <Alert color="red" variant="outline" title={t('common.itWasNotSaved')} role="alert">
      {atFields + elsewhere.length === 0 && (
        <Text lang={langOf(messageOf(problem))}>{messageOf(problem)}</Text>
      )}
      {atFields > 0 && (
        <Text>
          {atFields === 1 ? t('form.oneFieldNeedsAChange') : t('form.thingsNeedAChangeAt', { atFields })}
        </Text>
      )}
      {elsewhere.length > 0 && (
        <List size="sm">
          {elsewhere.map(({ path, message }) => (
            <List.Item key={`${path} ${message}`} lang={langOf(message)}>
              {path ? `${path}: ${message}` : sentence(message)}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}

/** Saves at once what removes nothing; asks about the rest. */
function askToKeepShorter({ base, form }: Edit, save: () => void) {
  const before = formOf(base.settings);
  const shorter = keptShorter(before, form, base.in_force);
  if (shorter.length === 0) return save();
  // What is in force says more than that nobody set it.
  const now = {
    ...before,
    ...Object.fromEntries(shorter.map((name) => [name, String(base.in_force[name])])),
  };
  confirm({
    title: t('settings.keepForShorterAsk'),
    text: (
      <Stack gap="sm">
        <Text>{t('settings.whatIsBeyondThatIs')}</Text>
        <DiffView changes={told(shorter, now, form)} />
      </Stack>
    ),
    yes: t('common.save'),
    onYes: save,
  });
}
