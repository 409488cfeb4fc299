// The Chinese of faults: each sentence that the server's sources make has its own, with the same values in it.
//
// Read from the sources: a sentence is a literal there, and what is given to `Faults` is made of one.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../../api/client';
import { type Fault, messageOf, type ProblemError } from '../../api/problem';
import { choose } from '..';
import { faults, inChinese, isAlike } from './faults';

const LITERAL = /"((?:[^"\\]|\\[\s\S])*)"/;
const SENTENCE = new RegExp(`sentence!\\(\\s*${LITERAL.source}`, 'g');
const TOLD = /\.(?:add|add_with_hint|with_hint)\(|\bFault::new\(/g;

const SOURCES = ['model', 'master'].flatMap(sourcesOf);
const TEMPLATES = [
  ...new Set(
    SOURCES.flatMap((text) => [...text.matchAll(SENTENCE)].map(([, said]) => unescaped(said ?? ''))),
  ),
].filter((template) => !isAlike(template));

beforeAll(() => choose('zh'));
afterAll(() => choose('en'));

test('each sentence of the server has its Chinese, and no other has', () => {
  expect(TEMPLATES.length).toBeGreaterThan(150);
  // What reads alike has words only where its marks differ.
  const known = Object.keys(faults).filter((template) => !isAlike(template));
  expect(known.sort()).toEqual(TEMPLATES.sort());
});

test('each has the same values in both languages', () => {
  const differ = Object.entries(faults).filter(([template, text]) => {
    const at = [...text.matchAll(/\{(\d?)\}/g)].map(([, at], i) => (at ? Number(at) : i));
    const wanted = template.split('{}').slice(1);
    // A value may be named where the order is another; `{}` and `{1}` stand side by side only where they agree.
    return wanted.some((_, i) => !at.includes(i)) || at.length !== wanted.length;
  });
  expect(differ.map(([template]) => template)).toEqual([]);
});

test('each Chinese sentence is Chinese, and ends as such', () => {
  const odd = Object.values(faults).filter((text) => !/[\p{Script=Han}，]/u.test(text));
  expect(odd).toEqual([]);
  expect(Object.values(faults).filter((text) => /\p{Script=Han}[,.;:?!]/u.test(text))).toEqual([]);
});

test('no fault of the server is told by a text that has no Chinese', () => {
  expect(SOURCES.flatMap(plainIn)).toEqual([]);
});

test.each([
  'faults.add("name", "is taken");',
  'faults.add(group.at("name"), format!("{name} is taken"));',
  'faults.add_with_hint(path, sentence!("is {}", 1), "take 2");',
  'Fault::new("", said).with_hint(format!("take {two}"))',
])('a plain text is found in %s', (source) => {
  expect(plainIn(source)).toHaveLength(1);
});

test('a fault is told in Chinese as soon as it comes', async () => {
  const said = { template: 'must be {} to {}, got `{}`', values: ['100ms', '30d', '40d'] };
  const message = 'must be 100ms to 30d, got `40d`';
  const told = await refused([{ path: 'limits.timeout', message, said }]);
  expect(told.errors[0]?.message).toBe('必须在 100ms 到 30d 之间，实际为 `40d`');
  expect(messageOf(told)).toBe('limits.timeout：必须在 100ms 到 30d 之间，实际为 `40d`');
});

test('words within a sentence are Chinese too, and the marks below it stay', () => {
  const inner = {
    template: '{}: `{}` is not in {}-{}',
    values: [{ template: 'minute' }, '61', '0', '59'],
  };
  const fault: Fault = {
    path: 'schedule',
    message: 'minute: `61` is not in 0-59\n  61 * * * *\n  ^^',
    said: { template: '{}\n{}', values: [inner, '  61 * * * *\n  ^^'] },
    hint: 'did you mean `6`?',
    hint_said: { template: 'did you mean `{}`?', values: ['6'] },
  };
  const { message, hint } = inChinese(fault);
  expect(message).toBe('分：`61` 不在 0-59 之内\n  61 * * * *\n  ^^');
  expect(hint).toBe('是否指 `6`？');
});

test('a value may stand elsewhere, and has no gaps of its own', () => {
  const said = {
    template: 'must be an instant within {} from now ({}), got `{}`',
    values: ['90d', 'now', '{} {0}'],
  };
  expect(inChinese({ path: 'until', message: '', said }).message).toBe(
    '必须是从现在（now）起 90d 以内的时刻，实际为 `{} {0}`',
  );
});

test.each<[string, Partial<Fault>]>([
  ['an older server', {}],
  ['a newer server', { said: { template: 'must be even' } }],
  [
    'a part of a newer server',
    { said: { template: 'must be a list, got {}', values: [{ template: 'a cat' }] } },
  ],
])('what this page has no words for, of %s, stays as it is', (_, more) => {
  const fault: Fault = { path: 'a', message: 'must be so', ...more };
  expect(inChinese(fault)).toMatchObject({ message: 'must be so' });
});

/** Returns a refusal as the pages get it. */
async function refused(errors: Fault[]): Promise<ProblemError> {
  const body = JSON.stringify({ code: 'invalid_job', title: 'the job has faults', detail: '', errors });
  const headers = { 'content-type': 'application/problem+json' };
  const server: typeof fetch = async () => new Response(body, { status: 422, headers });
  return request('get', '/api/v1/jobs', { fetch: server }).then(
    () => expect.fail('not refused'),
    (problem: ProblemError) => problem,
  );
}

/** Returns the sources of a crate without their tests and comments. */
function sourcesOf(name: string): string[] {
  const root = fileURLToPath(new URL(`../../../../${name}/src`, import.meta.url));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.rs') && !/tests|testing/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .map((text) => text.replace(/#\[cfg\(test\)\]\s*mod \w+ \{[\s\S]*$/, '').replace(/^\s*\/\/.*$/gm, ''));
}

/** Returns the arguments of each call that tells a fault by a text alone. */
function plainIn(text: string): string[][] {
  const calls = [...text.matchAll(TOLD)].map(({ index, 0: call }) => argumentsOf(text, index + call.length));
  const isPlain = (one: string) => /^(?:format!|")/.test(one);
  return calls.filter((given) => given.slice(given.length > 1 ? 1 : 0).some(isPlain));
}

/** Returns what a literal of Rust says. */
function unescaped(literal: string): string {
  return literal
    .replace(/\\\n\s*/g, '')
    .replace(/\\n/g, '\n')
    .replace(/\\(.)/g, '$1');
}

/** Returns the arguments of a call, whose parenthesis opens before `at`. */
function argumentsOf(text: string, at: number): string[] {
  const given = [''];
  let depth = 0;
  for (let i = at; i < text.length; i += 1) {
    const literal = text.slice(i).match(new RegExp(`^${LITERAL.source}|^'(?:[^'\\\\]|\\\\.)'`))?.[0];
    const letter = literal ?? text[i] ?? '';
    if (/^[([{]$/.test(letter)) depth += 1;
    if (/^[)\]}]$/.test(letter)) depth -= 1;
    if (depth < 0) break;
    if (letter === ',' && depth === 0) given.push('');
    else given[given.length - 1] += letter;
    i += letter.length - 1;
  }
  return given.map((one) => one.trim()).filter(Boolean);
}
