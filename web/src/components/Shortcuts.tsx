// Keys that lead somewhere, on every page, and the sheet that tells them.
//
// They rest while somebody types into a field, while a dialog is open, and beside Ctrl, Alt and Meta, which belong to
// the browser.

import { Kbd, Modal, Table } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { useMay } from '../api/queries';
import { t } from '../i18n';
import { type Pressed, press } from '../lib/shortcuts';
import { usePages } from './pages';

type Shortcut = { keys: string; words: string; act: () => void };

export function Shortcuts() {
  const [, navigate] = useLocation();
  const [told, setTold] = useState(false);
  const may = useMay();
  const newJob = { keys: 'n', words: t('common.newJob'), act: () => navigate('/jobs/new') };
  const all: Shortcut[] = [
    ...usePages().map(({ keys, label, to }) => ({
      keys,
      words: t('shell.goTo', { label }),
      act: () => navigate(to),
    })),
    ...(may('editor') ? [newJob] : []),
    { keys: '/', words: t('shell.searchOnThisPage'), act: focusSearch },
    { keys: '?', words: t('shell.showThisSheet'), act: () => setTold(true) },
  ];
  useKeys(all);
  return (
    <Modal opened={told} onClose={() => setTold(false)} title={t('shell.keys')}>
      <Table withRowBorders={false}>
        <Table.Tbody>
          <Row keys="Ctrl K" words={t('shell.findAndAct')} />
          {all.map(({ keys, words }) => (
            <Row key={keys} keys={keys} words={words} />
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}

function Row({ keys, words }: { keys: string; words: string }) {
  return (
    <Table.Tr>
      <Table.Td w={110}>
        {keys.split(' ').map((key, at) => (
          <span key={key}>
            {at > 0 && ' '}
            <Kbd>{key}</Kbd>
          </span>
        ))}
      </Table.Td>
      <Table.Td>{words}</Table.Td>
    </Table.Tr>
  );
}

function useKeys(all: Shortcut[]) {
  const before = useRef<Pressed>(undefined);
  const known = useRef(all);
  known.current = all;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isBusy(event.target)) return;
      const keys = known.current.map((one) => one.keys);
      const { shortcut, remember } = press(keys, before.current, event.key, event.timeStamp);
      before.current = remember;
      const found = known.current.find((one) => one.keys === shortcut);
      if (!found) return;
      event.preventDefault();
      found.act();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function isBusy(target: EventTarget | null): boolean {
  const typing =
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select')) &&
    // What is only checked takes no text.
    !target.matches('[type=checkbox], [type=radio]');
  return typing || document.querySelector('[role=dialog]') !== null;
}

function focusSearch() {
  document.querySelector<HTMLInputElement>('main [type=search], main [role=search] input')?.focus();
}
