// One action on many jobs: first the server says how many it would touch, then the user agrees, then it is done with
// exactly those, and what failed is told by its reason.
//
// Flow: selection → dry run (`POST /jobs/actions`) → question → act → toast, or the list of failures.

import { Anchor, List, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { Link } from 'wouter';
import { idempotencyKey, request } from '../../api/client';
import { refresh } from '../../api/queries';
import type { ActionItem, JobAction } from '../../api/types';
import { t } from '../../i18n';
import { packs } from '../../lib/joblist';
import { explain } from '../confirm';
import { done, failed, progress } from '../toast';
import { askBulk, type BulkAnswer } from './askBulk';
import { DEEDS } from './deeds';

/** Most jobs of one request; more are done one request after the other. */
const JOBS_MAX = 1000;
const FAILURES_SHOWN = 20;

type Pack = { names: string[]; count: number; set: string };

const ask = async (action: JobAction, names: string[]): Promise<Pack> => {
  const body = { action, names, dry_run: true };
  const { count, set } = await request('post', '/api/v1/jobs/actions', { body });
  return { names, count, set };
};

const act = (action: JobAction, { names, count, set }: Pack, { why, until, kill }: BulkAnswer) =>
  request('post', '/api/v1/jobs/actions', {
    body: { action, names, expect: { count, set }, why: why || undefined, until, kill },
    headers: action === 'run' ? { 'idempotency-key': idempotencyKey() } : {},
  });

/** Returns the way from an action and names to what came of it; `onDone` hears when something was done. */
export function useBulk(onDone: () => void) {
  const client = useQueryClient();

  const perform = async (action: JobAction, asked: Pack[], answer: BulkAnswer) => {
    const failures: ActionItem[] = [];
    let count = 0;
    try {
      for (const pack of asked) {
        // One request holds a thousand: more take a while, and are told on the way.
        if (asked.length > 1) progress(t('jobs.jobsSoFar', { past: DEEDS[action].past, count }));
        const reply = await act(action, pack, answer);
        count += reply.done;
        failures.push(...reply.items.filter((item) => item.result === 'failed'));
      }
      if (failures.length > 0) tellFailures(action, count, failures);
      else done(t('jobs.jobsPastCount', { past: DEEDS[action].past, count }));
      onDone();
    } catch (error) {
      failed(t('jobs.couldNotAllOfThem', { verb: DEEDS[action].verb.toLowerCase(), count }), error);
    } finally {
      progress(undefined);
      void refresh(client);
    }
  };

  /** Asks the server, then the user, then does it. */
  const bulk = async (action: JobAction, names: string[], running: number) => {
    try {
      const asked: Pack[] = [];
      for (const pack of packs(names, JOBS_MAX)) asked.push(await ask(action, pack));
      const count = asked.reduce((sum, pack) => sum + pack.count, 0);
      askBulk({ action, count, names, running, onYes: (answer) => void perform(action, asked, answer) });
    } catch (error) {
      failed(t('jobs.couldNotJobs', { verb: DEEDS[action].verb.toLowerCase(), count: names.length }), error);
      void refresh(client);
    }
  };

  /** Enables or disables one job at once: the switch itself takes it back. */
  const toggle = useCallback(
    async (name: string, enabled: boolean) => {
      const action = enabled ? 'enable' : 'disable';
      try {
        const { items } = await act(action, await ask(action, [name]), {});
        const fault = items.find((item) => item.result === 'failed');
        if (fault) throw new Error(fault.detail ?? t('jobs.theServerRefusedIt'));
        done(enabled ? t('jobs.isEnabled', { name }) : t('jobs.isDisabled', { name }));
      } catch (error) {
        failed(enabled ? t('jobs.couldNotEnable', { name }) : t('jobs.couldNotDisable', { name }), error);
      } finally {
        await refresh(client);
      }
    },
    [client],
  );

  return { bulk, toggle };
}

function tellFailures(action: JobAction, count: number, failures: ActionItem[]) {
  const close = () => modals.closeAll();
  explain({
    title: t('jobs.jobsNotOthers', { past: DEEDS[action].past, count, rest: failures.length }),
    text: (
      <Stack gap="xs">
        <List size="sm" spacing={4}>
          {failures.slice(0, FAILURES_SHOWN).map(({ job, detail }) => (
            <List.Item key={job}>
              <Anchor component={Link} href={`/jobs/${job}`} size="sm" onClick={close}>
                {job}
              </Anchor>
              : {detail}
            </List.Item>
          ))}
        </List>
        {failures.length > FAILURES_SHOWN && (
          <Text>{t('common.andMore', { count: failures.length - FAILURES_SHOWN })}</Text>
        )}
      </Stack>
    ),
  });
}
