// The settings while they are edited: what is typed over which state of them, saving it, and what the server says.
//
// While nothing is typed the newest is shown, whoever set it. From the first change on the form keeps what it began with:
// a save under that tag says when somebody else was faster, and the user chooses.
// Not here: which values are valid, and how they are shown.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client';
import { ProblemError } from '../../api/problem';
import { refresh } from '../../api/queries';
import type { AuditLine, SettingsView } from '../../api/types';
import { t } from '../../i18n';
import {
  changed,
  changesBetween,
  formOf,
  mergedForm,
  type SettingName,
  type SettingsForm,
  settingsOf,
} from '../../lib/settings';
import type { ConflictChoice } from '../ConflictChoices';
import { goToLogin } from '../navigation';
import { done } from '../toast';

/** What is typed, and what stood when that began. */
export type Edit = { base: SettingsView; form: SettingsForm };

/** Mine, what stands now, and which changes of others led there. */
export type Conflicting = { mine: Edit; theirs: SettingsView; by: AuditLine[] };

const KEY = ['settings'];
/** More changes than that happen to nobody while a form is open. */
const CHANGES_MAX = 50;

type Options = {
  /** Comes before a save, and may leave it out. */
  ask: (edit: Edit, save: () => void) => void;
  /** Hears that nothing typed is left: it was saved, or thrown away. */
  onClean: () => void;
  onRefused: () => void;
};

/** `read` is what stands, as far as is known. */
export function useSettingsEditor(read: SettingsView | undefined, { ask, onClean, onRefused }: Options) {
  const client = useQueryClient();
  const [edit, setEdit] = useState<Edit>();
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<ProblemError>();
  const [conflict, setConflict] = useState<Conflicting>();
  const dirty = edit !== undefined && changed(formOf(edit.base.settings), edit.form).length > 0;
  const shown = dirty ? edit : read && { base: read, form: formOf(read.settings) };

  const stands = async (view: SettingsView) => {
    // An answer under way is older than this one.
    await client.cancelQueries({ queryKey: KEY });
    client.setQueryData(KEY, view);
    setProblem(undefined);
  };
  const save = async (from: Edit) => {
    setSaving(true);
    try {
      const headers = { 'if-match': from.base.etag };
      await stands(await request('put', '/api/v1/settings', { headers, body: settingsOf(from.form) }));
      setEdit(undefined);
      done(t('settings.theSettingsAreSaved'), t('settings.theyHoldForAllMasters'));
      onClean();
      void refresh(client);
    } catch (error) {
      refused(error, from);
    } finally {
      setSaving(false);
    }
  };
  const refused = (error: unknown, mine: Edit) => {
    if (!(error instanceof ProblemError)) throw error;
    if (error.status === 401) return goToLogin();
    if (error.status === 412) {
      return void conflicting(mine).then(setConflict, (other) => refused(other, mine));
    }
    setProblem(error);
    onRefused();
  };
  const submit = (from: Edit | undefined) => {
    if (from && !saving) ask(from, () => void save(from));
  };
  const settle = async (how: ConflictChoice) => {
    setConflict(undefined);
    if (!conflict || how === 'edit') return;
    const { mine, theirs } = conflict;
    // What was shown is what is overwritten: a save after it is another conflict.
    if (how === 'overwrite') {
      const over = { base: theirs, form: mine.form };
      setEdit(over);
      return submit(over);
    }
    await stands(theirs);
    const form = mergedForm(formOf(mine.base.settings), mine.form, formOf(theirs.settings));
    setEdit(how === 'merge' ? { base: theirs, form } : undefined);
  };

  return {
    shown,
    dirty,
    saving,
    /** What is wrong with what is typed. */
    problem: dirty ? problem : undefined,
    conflict,
    set: (name: SettingName, value: string) =>
      shown && setEdit({ base: shown.base, form: { ...shown.form, [name]: value } }),
    discard: () => {
      setEdit(undefined);
      setProblem(undefined);
      onClean();
    },
    submit: () => submit(shown),
    settle,
  };
}

/** Reads what stands now, and who made it so. */
async function conflicting(mine: Edit): Promise<Conflicting> {
  const theirs = await request('get', '/api/v1/settings', {});
  const query = { target: '/api/v1/settings', denied: false, limit: CHANGES_MAX };
  // What they changed is shown also where nobody can tell who.
  const audit = await request('get', '/api/v1/audit', { query }).catch(() => undefined);
  return { mine, theirs, by: changesBetween(audit?.items ?? [], mine.base.settings, theirs.settings) };
}
