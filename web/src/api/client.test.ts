// The one request function, with a browser's fetch made of a function: addresses, headers, and what is thrown.

import { expect, test } from 'vitest';
import { address, idempotencyKey, request } from './client';
import { messageOf, ProblemError } from './problem';

type Seen = { url: string; init: RequestInit };

function answering(status: number, body: string, type = 'application/json') {
  const seen: Seen[] = [];
  const stand: typeof fetch = async (url, init = {}) => {
    seen.push({ url: String(url), init });
    return new Response(status === 204 ? null : body, { status, headers: { 'content-type': type } });
  };
  return { seen, fetch: stand };
}

test('an address has its names and only the query that is there', () => {
  expect(address('/api/v1/jobs/{name}/run', { name: 'a/b' })).toBe('/api/v1/jobs/a%2Fb/run');
  expect(address('/api/v1/modules/{digest}', { digest: 'sha256:00' })).toBe('/api/v1/modules/sha256:00');
  expect(address('/api/v1/jobs', {}, { q: '', kind: undefined, limit: 5, label: 'a b' })).toBe(
    '/api/v1/jobs?limit=5&label=a+b',
  );
});

test('a body goes out as JSON with the headers asked for', async () => {
  const server = answering(200, '{"job":{}}');
  const job = { name: 'a', schedule: '@daily', shell: { script: 'true' } };
  const path = { name: 'a' };
  await request('put', '/api/v1/jobs/{name}', {
    path,
    body: job,
    headers: { 'if-match': '"1"' },
    fetch: server.fetch,
  });
  const { url, init } = server.seen[0] as Seen;
  expect([url, init.method, init.credentials]).toEqual(['/api/v1/jobs/a', 'PUT', 'same-origin']);
  expect(init.headers).toMatchObject({ 'content-type': 'application/json', 'if-match': '"1"' });
  expect(JSON.parse(String(init.body))).toEqual(job);
});

test('a problem is thrown with its code and the errors of its fields', async () => {
  const errors = [{ path: 'limits.memory', message: 'must be a size' }];
  const body = { status: 422, code: 'invalid_job', title: 'the job has faults', detail: 'one fault', errors };
  const server = answering(422, JSON.stringify(body), 'application/problem+json');
  const thrown = await request('get', '/api/v1/jobs', { fetch: server.fetch }).catch((error) => error);
  expect(thrown).toBeInstanceOf(ProblemError);
  expect(thrown).toMatchObject({ status: 422, code: 'invalid_job', errors });
  expect(messageOf(thrown)).toBe('One fault');
});

test('an answer of something between us and the server is a problem too', async () => {
  const server = answering(502, '<html>bad gateway</html>', 'text/html');
  await expect(request('get', '/api/v1/jobs', { fetch: server.fetch })).rejects.toMatchObject({
    status: 502,
    code: 'no_problem',
  });
});

test('no answer at all is a problem of status 0', async () => {
  const gone: typeof fetch = async () => Promise.reject(new TypeError('failed to fetch'));
  await expect(request('get', '/api/v1/jobs', { fetch: gone })).rejects.toMatchObject({ status: 0 });
});

test('an answer without a body is fine', async () => {
  const server = answering(204, '');
  expect(await request('delete', '/api/v1/session', { fetch: server.fetch })).toBeUndefined();
});

test('two keys are never the same', () => {
  expect(idempotencyKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(idempotencyKey()).not.toBe(idempotencyKey());
});
