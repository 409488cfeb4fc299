// The one way to the server: a request by method and path, typed by the OpenAPI snapshot.
//
// Flow: pages → `queries` → **`request`** → fetch. The session's cookie goes along by itself: same origin.
// Words that the server has in several languages are asked for in that of the page.
// Throws a `ProblemError` for everything that is not a success.
// Not here: uploads with progress (`upload`), and going on after a break (`lib/follow`).

import { language } from '../i18n';
import { at } from '../lib/base';
import { problemOf, unreachable } from './problem';
import type { paths } from './schema';

type Method = 'get' | 'post' | 'put' | 'delete';
type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Parameters<O> = O extends { parameters: infer R } ? R : never;
type PathOf<O> = Parameters<O> extends { path: infer V } ? { path: V } : { path?: undefined };
type QueryOf<O> = Parameters<O> extends { query?: infer V } ? { query?: V } : { query?: undefined };
type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } }
  ? { body?: B }
  : { body?: undefined };
type Json<R> = R extends { content: { 'application/json': infer B } } ? B : undefined;
type Reply<O> = O extends { responses: infer R }
  ? R extends { 200: infer A; 201: infer B }
    ? Json<A> | Json<B>
    : R extends { 200: infer A }
      ? Json<A>
      : R extends { 201: infer A }
        ? Json<A>
        : R extends { 202: infer A }
          ? Json<A>
          : undefined
  : never;

export type Init<P extends keyof paths, M extends Method> = PathOf<Operation<P, M>> &
  QueryOf<Operation<P, M>> &
  BodyOf<Operation<P, M>> & {
    headers?: Record<string, string>;
    signal?: AbortSignal;
    /** Stands in for the browser's own in tests. */
    fetch?: typeof fetch;
  };

/** Asks the server and returns its answer's body. */
export async function request<P extends keyof paths, M extends Method>(
  method: M,
  path: P,
  init: Init<P, M>,
): Promise<Reply<Operation<P, M>>> {
  const { body, headers = {}, signal } = init;
  const response = await send(
    init.fetch,
    address(path, init.path as object | undefined, init.query as object | undefined),
    {
      method: method.toUpperCase(),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    },
  );
  if (response.status === 204) return undefined as Reply<Operation<P, M>>;
  return response.json();
}

/** Opens a stream of server-sent events, going on after `lastId` where it is given. */
export function openStream(path: string, lastId: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (lastId !== undefined) headers['last-event-id'] = lastId;
  return send(undefined, path, { headers, signal, cache: 'no-store' });
}

async function send(fetcher: typeof fetch | undefined, url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    const headers = { 'accept-language': language(), ...(init.headers as Record<string, string>) };
    response = await (fetcher ?? fetch)(at(url), { credentials: 'same-origin', ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Returns `path` with its `{names}` filled in and its query; empty values are left out. */
export function address(path: string, names?: object, query?: object): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((names as Record<string, unknown> | undefined)?.[name] ?? '')).replaceAll(
      '%3A',
      ':',
    ),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

/** Returns a key that makes asking twice the same as asking once. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
