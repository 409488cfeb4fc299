// What can be done with a job, a run or a module, each with its toast and a fresh look at everything after it.
//
// Flow: buttons in pages → **`actions`** → `client` → toast with the server's words.

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { idempotencyKey, request } from '../api/client';
import { type AlertPart, refresh } from '../api/queries';
import type { ActionReply, KillReply, Overrides, RunActionRequest, UserChange } from '../api/types';
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
      attempt(`Could not run ${name}`, async () => {
        const { run, runs = [] } = await request('post', '/api/v1/jobs/{name}/run', {
          path: { name },
          headers: { 'idempotency-key': idempotencyKey() },
        });
        const taker = runs.length > 1 ? `Each of ${runs.length} workers takes one` : 'A worker takes it';
        done(`Asked for a run of ${name}`, `${taker} within a moment.`);
        return run;
      }),
    /** Asks for one run with changes and returns its id; throws what the server says against them. */
    runWith: async (name: string, changes: Overrides) => {
      const { run } = await request('post', '/api/v1/jobs/{name}/run', {
        path: { name },
        headers: { 'idempotency-key': idempotencyKey() },
        body: changes,
      });
      done(`Asked for a run of ${name}`, 'With your changes, for this one run.');
      void refresh(client);
      return run;
    },
    /** Saves the text of a revision as the next one; returns true once it is. */
    restore: (name: string, revision: number, etag: string | undefined, why: string) =>
      attempt(`Could not restore revision ${revision} of ${name}`, async () => {
        const view = await request('post', '/api/v1/jobs/{name}/revisions/{revision}/restore', {
          path: { name, revision },
          headers: { ...(etag ? { 'if-match': etag } : {}), ...reasonHeader(why) },
        });
        done(`${name} has the text of revision ${revision} again`, view.schedule.words);
        return true;
      }),
    killJob: (name: string) =>
      attempt(`Could not kill the runs of ${name}`, async () => {
        const reply = await request('post', '/api/v1/jobs/{name}/kill', { path: { name } });
        done(`Kill ${name}`, killed(reply));
      }),
    killRun: (id: string) =>
      attempt('Could not kill the run', async () => {
        const reply = await request('post', '/api/v1/runs/{id}/kill', { path: { id } });
        done('Kill', killed(reply));
      }),
    /** Runs again what a run ran, and returns the new run's id. */
    rerun: (id: string) =>
      attempt('Could not run it again', async () => {
        const { run, job } = await request('post', '/api/v1/runs/{id}/rerun', {
          path: { id },
          headers: { 'idempotency-key': idempotencyKey() },
        });
        done(`Asked for another run of ${job}`, 'A worker takes it within a moment.');
        return run;
      }),
    /** Says what an action on many runs would touch. */
    plan: (asked: RunActionRequest) =>
      attempt(`Could not count what to ${asked.action}`, () =>
        request('post', '/api/v1/runs/actions', { body: { ...asked, dry_run: true } }),
      ),
    /** Does what was planned, and nothing if it would touch other runs by now. */
    actOnRuns: (asked: RunActionRequest, planned: ActionReply) =>
      attempt(`Could not ${asked.action} the runs`, () =>
        request('post', '/api/v1/runs/actions', {
          body: { ...asked, expect: { count: planned.count, set: planned.set } },
        }),
      ),
    pause: (name: string, why: string) =>
      attempt(`Could not pause ${name}`, async () => {
        await request('post', '/api/v1/jobs/{name}/pause', { path: { name }, body: why ? { why } : {} });
        done(`${name} is paused`, 'Nothing falls due until it is resumed; runs under way go on.');
      }),
    resume: (name: string) =>
      attempt(`Could not resume ${name}`, async () => {
        await request('post', '/api/v1/jobs/{name}/resume', { path: { name } });
        done(`${name} goes on`);
      }),
    /** Returns true once the list is written. */
    setAlerts: (part: AlertPart, items: unknown, etag: string) =>
      attempt(`The ${part} are not saved`, async () => {
        const headers = { 'if-match': etag };
        const body = { [part]: items } as never;
        await request('put', `/api/v1/alerts/${part}`, { body, headers });
        done(`The ${part} are saved`);
        return true;
      }),
    drain: (id: string, reason: string) =>
      attempt(`Could not drain ${id}`, async () => {
        await request('post', '/api/v1/workers/{id}/drain', { path: { id }, body: reason ? { reason } : {} });
        done(`${id} drains`, 'It takes nothing new within seconds; what runs goes on.');
      }),
    undrain: (id: string) =>
      attempt(`Could not take the drain of ${id} back`, async () => {
        await request('post', '/api/v1/workers/{id}/undrain', { path: { id } });
        done(`${id} takes runs again`);
      }),
    deleteJob: (name: string, etag: string, kill: boolean) =>
      attempt(`Could not delete ${name}`, async () => {
        await request('delete', '/api/v1/jobs/{name}', {
          path: { name },
          query: { kill },
          headers: { 'if-match': etag },
        });
        done(`${name} is deleted`, 'Its runs stay readable for as long as the job asked.');
        return true;
      }),
    deleteModule: (digest: string, name: string) =>
      attempt(`Could not delete ${name}`, async () => {
        await request('delete', '/api/v1/modules/{digest}', { path: { digest } });
        done(`${name} is deleted`);
      }),
    /** Changes a user and returns what the server answers. */
    changeUser: (name: string, change: UserChange) =>
      attempt(`Could not change ${name}`, async () => {
        const reply = await request('put', '/api/v1/users/{name}', { path: { name }, body: change });
        done(`${name} is changed`);
        return reply;
      }),
    removeUser: (name: string) =>
      attempt(`Could not remove ${name}`, async () => {
        await request('delete', '/api/v1/users/{name}', { path: { name } });
        done(`${name} is removed`);
      }),
    revokeToken: (id: string, name: string) =>
      attempt(`Could not revoke ${name}`, async () => {
        await request('delete', '/api/v1/tokens/{id}', { path: { id } });
        done(`${name} is revoked`);
      }),
    /** Points a tag to a module; returns true once it does. */
    setTag: (tag: string, digest: string, name: string) =>
      attempt(`Could not set the tag ${tag}`, async () => {
        const { before } = await request('put', '/api/v1/modules/tags/{tag}', {
          path: { tag },
          body: { digest },
        });
        const moved = before && before !== digest;
        done(
          moved ? `${tag} moved to ${name}` : `${tag} points to ${name}`,
          moved ? 'Jobs that were saved by it keep the module that they have.' : undefined,
        );
        return true;
      }),
    removeTag: (tag: string) =>
      attempt(`Could not remove the tag ${tag}`, async () => {
        await request('delete', '/api/v1/modules/tags/{tag}', { path: { tag } });
        done(`${tag} is removed`);
      }),
  };
}

/** A header holds bytes of Latin-1 alone: any text goes as RFC 8187 writes it. */
function reasonHeader(why: string): Record<string, string> {
  return why.trim() ? { 'x-reason': `UTF-8''${encodeURIComponent(why.trim())}` } : {};
}

function killed({ stopping, removed }: KillReply): string {
  const words = [
    stopping.length > 0 && `${plural(stopping.length, 'run')} will be stopped within seconds`,
    removed.length > 0 && `${plural(removed.length, 'start')} taken back`,
  ].filter(Boolean);
  return words.length > 0 ? `${words.join(', ')}.` : 'Nothing was running.';
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
