// One item of a list of the alerts' settings, edited in its form and written with the whole list under the list's tag.
//
// When somebody else wrote the list meanwhile, it is read anew and the form stays: what is saved next stands on theirs.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client';
import { type Fault, messageOf, ProblemError } from '../../api/problem';
import { type AlertPart, refresh } from '../../api/queries';
import { t } from '../../i18n';
import { faultsOf, placed } from '../../lib/alertform';
import { goToLogin } from '../navigation';
import { done } from '../toast';

type Named = { name: string };
type Read<T> = { items: T[]; etag: string };

export type ItemEditor<T extends Named> = {
  saving: boolean;
  /** What is wrong and has no field; nothing when all is well. */
  problem?: string;
  faults: Record<string, Fault[]>;
  save: (item: T) => Promise<void>;
};

type Options<T> = {
  part: AlertPart;
  /** The list as it was read. */
  read: Read<T>;
  /** What the item was called; nothing for a new one. */
  before?: string;
  fields: string[];
  onSaved: () => void;
};

export function useItemEditor<T extends Named>({
  part,
  read,
  before,
  fields,
  onSaved,
}: Options<T>): ItemEditor<T> {
  const client = useQueryClient();
  const [base, setBase] = useState(read);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [faults, setFaults] = useState<Record<string, Fault[]>>({});

  const refused = async (error: unknown, at: number) => {
    if (!(error instanceof ProblemError)) throw error;
    if (error.status === 401) return goToLogin();
    if (error.status === 412) {
      setBase(await readPart<T>(part));
      setFaults({});
      return setProblem(t('alerts.somebodyElseChangedTheAlerts'));
    }
    const { here, elsewhere } = faultsOf(error.errors, part, at, new Set(fields));
    setFaults(here);
    const rest = elsewhere.map(({ path, message }) => `${path}: ${message}`).join('; ');
    setProblem(rest || (Object.keys(here).length === 0 ? messageOf(error) : undefined));
  };

  const save = async (item: T) => {
    setSaving(true);
    const { list, at } = placed(base.items, item, before);
    try {
      await writePart(part, list, base.etag);
      done(t('common.isSaved', { name: item.name }));
      void refresh(client);
      onSaved();
    } catch (error) {
      await refused(error, at);
    } finally {
      setSaving(false);
    }
  };
  return { saving, problem, faults, save };
}

async function readPart<T>(part: AlertPart): Promise<Read<T>> {
  const { etag = '', ...list } = await request('get', `/api/v1/alerts/${part}`, {});
  return { etag, items: Object.values(list)[0] as T[] };
}

async function writePart(part: AlertPart, items: unknown[], etag: string) {
  const body = { [part]: items } as never;
  await request('put', `/api/v1/alerts/${part}`, { body, headers: { 'if-match': etag } });
}
