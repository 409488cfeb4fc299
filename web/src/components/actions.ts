// What can be done with a job, a run or a module, each with its toast and a fresh look at everything after it.
//
// Flow: buttons in pages → **`actions`** → `client` → toast with the server's words.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { idempotencyKey, request } from '../api/client';
import { type AlertPart, refresh } from '../api/queries';
import type { ActionReply, KillReply, Overrides, RunActionRequest, UserChange } from '../api/types';
import { t } from '../i18n';
import { wall } from '../lib/time';
import { partWords } from './alerts/parts';
import type { Pause } from './confirm';
import { done, failed } from './toast';

export type Actions = ReturnType<typeof actions>;

export function useActions(): Actions {
  const client = useQueryClient();
  return useMemo(() => actions(client), [client]);
}

function actions(client: QueryClient) {
  /** Returns what `act` returned, or undefined after telling the user why not. */
  const attempt = async <T>(title: string, act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      failed(title, error);
      return undefined;
    } finally {
      void refresh(client);
    }
  };
  return {
    /** Asks for a run now and returns its id. */
    run: (name: string) =>
      attempt(t('actions.couldNotRun', { name }), async () => {
        const { run, runs = [] } = await request('post', '/api/v1/jobs/{name}/run', {
          path: { name },
          headers: { 'idempotency-key': idempotencyKey() },
        });
        done(
          t('actions.askedForARunOf', { name }),
          runs.length > 1
            ? t('actions.eachOfWorkersTakesOne', { count: runs.length })
            : t('actions.aWorkerTakesItWithin'),
        );
        return run;
      }),
    /** Asks for one run with changes and returns its id; throws what the server says against them. */
    runWith: async (name: string, changes: Overrides) => {
      const { run } = await request('post', '/api/v1/jobs/{name}/run', {
        path: { name },
        headers: { 'idempotency-key': idempotencyKey() },
        body: changes,
      });
      done(t('actions.askedForARunOf', { name }), t('actions.withYourChangesForThis'));
      void refresh(client);
      return run;
    },
    /** Saves the text of a revision as the next one; returns true once it is. */
    restore: (name: string, revision: number, etag: string | undefined, why: string) =>
      attempt(t('actions.couldNotRestoreRevisionOf', { revision, name }), async () => {
        const view = await request('post', '/api/v1/jobs/{name}/revisions/{revision}/restore', {
          path: { name, revision },
          headers: { ...(etag ? { 'if-match': etag } : {}), ...reasonHeader(why) },
        });
        done(t('actions.hasTheTextOfRevision', { name, revision }), view.schedule.words);
        return true;
      }),
    killJob: (name: string) =>
      attempt(t('actions.couldNotKillTheRuns', { name }), async () => {
        const reply = await request('post', '/api/v1/jobs/{name}/kill', { path: { name } });
        done(t('actions.kill', { name }), killed(reply));
      }),
    killRun: (id: string) =>
      attempt(t('actions.couldNotKillTheRun'), async () => {
        const reply = await request('post', '/api/v1/runs/{id}/kill', { path: { id } });
        done(t('common.kill'), killed(reply));
      }),
    /** Runs again what a run ran, and returns the new run's id. */
    rerun: (id: string) =>
      attempt(t('actions.couldNotRunItAgain'), async () => {
        const { run, job } = await request('post', '/api/v1/runs/{id}/rerun', {
          path: { id },
          headers: { 'idempotency-key': idempotencyKey() },
        });
        done(t('actions.askedForAnotherRunOf', { job }), t('actions.aWorkerTakesItWithin'));
        return run;
      }),
    /** Says what an action on many runs would touch. */
    plan: (asked: RunActionRequest) =>
      attempt(t('actions.couldNotCountWhatTo', { action: deedOf(asked) }), () =>
        request('post', '/api/v1/runs/actions', { body: { ...asked, dry_run: true } }),
      ),
    /** Does what was planned, and nothing if it would touch other runs by now. */
    actOnRuns: (asked: RunActionRequest, planned: ActionReply) =>
      attempt(t('actions.couldNotTheRuns', { action: deedOf(asked) }), () =>
        request('post', '/api/v1/runs/actions', {
          body: { ...asked, expect: { count: planned.count, set: planned.set } },
        }),
      ),
    pause: (name: string, { why, until }: Pause) =>
      attempt(t('actions.couldNotPause', { name }), async () => {
        const body = { why: why || undefined, until };
        await request('post', '/api/v1/jobs/{name}/pause', { path: { name }, body });
        done(
          t('actions.isPaused', { name }),
          until
            ? t('actions.nothingFallsDueBefore', { until: wall(Date.parse(until)) })
            : t('actions.nothingFallsDueUntilIt'),
        );
      }),
    resume: (name: string) =>
      attempt(t('actions.couldNotResume', { name }), async () => {
        await request('post', '/api/v1/jobs/{name}/resume', { path: { name } });
        done(t('actions.goesOn', { name }));
      }),
    /** Returns true once the list is written. */
    setAlerts: (part: AlertPart, items: unknown, etag: string) =>
      attempt(t('actions.theAreNotSaved', { part: partWords(part) }), async () => {
        const headers = { 'if-match': etag };
        const body = { [part]: items } as never;
        await request('put', `/api/v1/alerts/${part}`, { body, headers });
        done(t('actions.theAreSaved', { part: partWords(part) }));
        return true;
      }),
    drain: (id: string, reason: string) =>
      attempt(t('actions.couldNotDrain', { id }), async () => {
        await request('post', '/api/v1/workers/{id}/drain', { path: { id }, body: reason ? { reason } : {} });
        done(t('actions.drains', { id }), t('actions.itTakesNothingNewWithin'));
      }),
    undrain: (id: string) =>
      attempt(t('actions.couldNotTakeTheDrain', { id }), async () => {
        await request('post', '/api/v1/workers/{id}/undrain', { path: { id } });
        done(t('actions.takesRunsAgain', { id }));
      }),
    deleteJob: (name: string, etag: string, kill: boolean) =>
      attempt(t('actions.couldNotDelete', { name }), async () => {
        await request('delete', '/api/v1/jobs/{name}', {
          path: { name },
          query: { kill },
          headers: { 'if-match': etag },
        });
        done(t('actions.isDeleted', { name }), t('actions.itsRunsStayReadableFor'));
        return true;
      }),
    deleteModule: (digest: string, name: string) =>
      attempt(t('actions.couldNotDelete', { name }), async () => {
        await request('delete', '/api/v1/modules/{digest}', { path: { digest } });
        done(t('actions.isDeleted', { name }));
      }),
    /** Changes a user and returns what the server answers. */
    changeUser: (name: string, change: UserChange) =>
      attempt(t('actions.couldNotChange', { name }), async () => {
        const reply = await request('put', '/api/v1/users/{name}', { path: { name }, body: change });
        done(t('actions.isChanged', { name }));
        return reply;
      }),
    removeUser: (name: string) =>
      attempt(t('actions.couldNotRemove', { name }), async () => {
        await request('delete', '/api/v1/users/{name}', { path: { name } });
        done(t('actions.isRemoved', { name }));
      }),
    revokeToken: (id: string, name: string) =>
      attempt(t('actions.couldNotRevoke', { name }), async () => {
        await request('delete', '/api/v1/tokens/{id}', { path: { id } });
        done(t('actions.isRevoked', { name }));
      }),
    /** Points a tag to a module; returns true once it does. */
    setTag: (tag: string, digest: string, name: string) =>
      attempt(t('actions.couldNotSetTheTag', { tag }), async () => {
        const { before } = await request('put', '/api/v1/modules/tags/{tag}', {
          path: { tag },
          body: { digest },
        });
        const moved = before && before !== digest;
        done(
          moved ? t('actions.movedTo', { tag, name }) : t('actions.pointsTo', { tag, name }),
          moved ? t('actions.jobsThatWereSavedBy') : undefined,
        );
        return true;
      }),
    removeTag: (tag: string) =>
      attempt(t('actions.couldNotRemoveTheTag', { tag }), async () => {
        await request('delete', '/api/v1/modules/tags/{tag}', { path: { tag } });
        done(t('actions.isRemovedTag', { tag }));
      }),
  };
}

/** A header holds bytes of Latin-1 alone: any text goes as RFC 8187 writes it. */
function reasonHeader(why: string): Record<string, string> {
  return why.trim() ? { 'x-reason': `UTF-8''${encodeURIComponent(why.trim())}` } : {};
}

function killed({ stopping, removed }: KillReply): string {
  const words = [
    stopping.length > 0 &&
      t('actions.runsWillBeStoppedWithin', {
        count: stopping.length,
      }),
    removed.length > 0 && t('actions.startsTakenBack', { count: removed.length }),
  ].filter(Boolean);
  return words.length > 0
    ? t('common.stop', { words: words.join(t('common.comma')) })
    : t('actions.nothingWasRunning');
}

function deedOf({ action }: RunActionRequest): string {
  return action === 'kill' ? t('actions.killWord') : t('actions.rerun');
}
