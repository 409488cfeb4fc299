// A job as text to take along: YAML, and a command that makes the job.
//
// Pure. The YAML is what the API and `sandglass job apply` read; texts of several lines stand as blocks, so that a script
// reads as a script. Not here: reading YAML. The server does that.

import type { Job } from '../api/types';

/** Returns a job as YAML. */
export function yamlOf(job: Job): string {
  return `${lines(job as Json, '').join('\n')}\n`;
}

/** Returns a command for a shell that makes the job at a server, by a token in the environment. */
export function curlOf(job: Job, server: string): string {
  const yaml = yamlOf(job);
  let end = 'JOB';
  while (yaml.split('\n').includes(end)) end += '_';
  return [
    `curl -sS -X POST '${server}/api/v1/jobs' \\`,
    `  -H "Authorization: Bearer $SANDGLASS_TOKEN" -H 'Content-Type: application/yaml' \\`,
    `  --data-binary @- <<'${end}'`,
    `${yaml}${end}`,
    '',
  ].join('\n');
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };

function lines(value: { [key: string]: Json | undefined } | Json, indent: string): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => under(one, indent, '-'));
  if (value === null || typeof value !== 'object') return [`${indent}${scalar(value)}`];
  return Object.entries(value).flatMap(([key, one]) =>
    one === undefined || one === null ? [] : under(one, indent, `${scalar(key)}:`),
  );
}

/** Returns what stands behind a key or a dash: on its line, or below it. */
function under(value: Json, indent: string, head: string): string[] {
  const inner = `${indent}  `;
  if (value === null || typeof value !== 'object') {
    return typeof value === 'string' && isBlock(value)
      ? block(value, indent, head)
      : [`${indent}${head} ${scalar(value)}`];
  }
  const isEmpty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
  if (isEmpty) return [`${indent}${head} ${Array.isArray(value) ? '[]' : '{}'}`];
  const below = lines(value, inner);
  if (head !== '-') return [`${indent}${head}`, ...below];
  // The first line of an entry stands beside its dash.
  return [`${indent}- ${below[0]?.slice(inner.length)}`, ...below.slice(1)];
}

/** A block keeps its text as it is, unless it holds what YAML does not print or begins with a space. */
function isBlock(text: string): boolean {
  return (
    text.includes('\n') && /^[^ \n]/.test(text) && !/[^\t\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/.test(text)
  );
}

function block(text: string, indent: string, head: string): string[] {
  const keep = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') ? '+' : '';
  const body = text.replace(/\n$/, '').split('\n');
  return [`${indent}${head} |${keep}`, ...body.map((line) => (line === '' ? '' : `${indent}  ${line}`))];
}

/** A JSON text in quotes is YAML too; words that nothing else can be meant by stand without quotes. */
function scalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = /^[A-Za-z_/][\w./@+-]*( [\w./@+-]+)*$/.test(value);
  const taken = /^(true|false|yes|no|on|off|y|n|null)$/i.test(value);
  return plain && !taken ? value : JSON.stringify(value);
}
