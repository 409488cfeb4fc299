// The Chinese of problems: for codes that the server has, shown instead of its English, and nothing where there is none.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../../api/client';
import { messageOf } from '../../api/problem';
import { choose } from '..';
import { problems } from './problems';

const MASTER = fileURLToPath(new URL('../../../../master/src', import.meta.url));

beforeAll(() => choose('zh'));
afterAll(() => choose('en'));

/** Returns what a reader is told of a refusal. */
async function told(code: string, detail: string): Promise<string> {
  const body = JSON.stringify({ code, title: 'refused', detail });
  const headers = { 'content-type': 'application/problem+json' };
  const server: typeof fetch = async () => new Response(body, { status: 409, headers });
  return request('get', '/api/v1/jobs', { fetch: server }).then(
    () => 'not refused',
    (error) => messageOf(error),
  );
}

test('a code that says all of it is told in Chinese, another in the words of the server', async () => {
  expect(await told('name_taken', 'job `a` exists')).toBe('已有同名任务。');
  expect(await told('invalid_query', 'limit: must be 1 to 200')).toBe('Limit: must be 1 to 200');
});

test('every code is one of the server', () => {
  const files = readdirSync(MASTER, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.rs'),
  );
  const text = files.map((file) => readFileSync(join(MASTER, file), 'utf8')).join('\n');
  expect(Object.keys(problems).filter((code) => !text.includes(`"${code}"`))).toEqual([]);
});
