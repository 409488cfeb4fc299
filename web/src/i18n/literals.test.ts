// No text that people read stands in the sources themselves: it would be English for everybody.
//
// Read by the compiler's parser: what stands between elements, in attributes and properties that are shown, in what
// tells people something, and whatever else reads like a sentence.

import ts from 'typescript';
import { expect, test } from 'vitest';
import { parsed, placeOf, sources, walk } from './sources';

/** Attributes and properties whose texts are shown or read out. */
const SHOWN = new Set(
  'label title description placeholder aria-label alt about help add yes text nothingFoundMessage closeButtonLabel empty what extra removal means past verb words group'.split(
    ' ',
  ),
);
/** Components and files in which `name` is the name that people read, and not that of a field. */
const NAMED = /Facts|Tiles|UsageBars|limituse|RunPage|WorkersPage|Overview/;
/** Functions that tell people something. */
const TELLING = new Set([
  'done',
  'failed',
  'attempt',
  'progress',
  'setProblem',
  'setMissing',
  'confirm',
  'explain',
]);

/** The same in every language: names, notations, examples of what is typed. */
const ALIKE = new Set([
  'Sandglass',
  'sandglass worker',
  'sandglass standalone',
  '@daily',
  '30 2 * * 1-5',
  'YAML',
  'curl',
  'JSON',
  'Webhook',
  'Slack',
  'STARTTLS',
  'UTC',
  'https://hooks.example/…',
  '{"message": {{text}}}',
  'mail.example.org',
  'jobs@example.org',
  'ops@example.org',
  'ops',
  'disk-move',
  'all-failures',
  'team: data',
  'nightly-report',
  '/api/v1/jobs/nightly',
  'echo hello',
  'CRON_TZ=Europe/Berlin\n30 2 * * 1-5  /usr/local/bin/report',
  '90s, 5m',
]);
/** An amount with its unit, as it is typed. */
const AMOUNT = /^[\d ]+(ms|[smhd]|[KMG]iB)?$/;
/** What is for machines though it reads like a sentence: fonts, a command, what is looked for in a log. */
const FOR_MACHINES = /^input, textarea|monospace|sans-serif|^curl -sS|--data-binary|segmentation fault/;

test('no source has a text that people read', () => {
  expect(sources().flatMap(literals)).toEqual([]);
});

test.each([
  ['between elements', '<p>Save it</p>'],
  ['between elements, by a condition', "<p>{ok ? t('common.yes') : 'not yet'}</p>"],
  ['in an attribute', '<Button aria-label="Save" />'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a source with a template
  ['in an attribute, by a template', '<Button title={`Run ${name} now`} />'],
  ['in a table of words', "const TABLE = { open: { text: 'live' } };"],
  ['in a table of words by other names', "const TABLE = { open: 'Live' };"],
  ['in a message', "done('Saved')"],
  ['in a sentence elsewhere', "const why = 'nobody was there';"],
])('a text %s is found', (_, source) => {
  expect(literals(parsed('sample.tsx', source))).toHaveLength(1);
});

test('what is not read is none', () => {
  const source = `<Text size="sm" data-state={on ? 'open' : 'shut'} className="plain wide">{t('common.yes')}</Text>`;
  expect(literals(parsed('sample.tsx', source))).toEqual([]);
});

function literals(file: ts.SourceFile): string[] {
  const found: string[] = [];
  walk(file, (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || isThrown(node)) return true;
    const text = ts.isJsxText(node) ? node.text.trim() : textOf(node);
    if (text === undefined || !/[A-Za-z]{2}/.test(text)) return false;
    if (ALIKE.has(text.trim()) || AMOUNT.test(text) || FOR_MACHINES.test(text)) return false;
    if (ts.isJsxText(node) || isRead(node, text)) found.push(`${placeOf(node)}: ${text}`);
    return false;
  });
  return found;
}

/** Returns what a literal says, of a template what stands between its gaps. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
    .join(' ')
    .replace(/\s+/g, ' ');
}

/** What is thrown is for who mends the page. */
function isThrown(node: ts.Node): boolean {
  return ts.isThrowStatement(node);
}

function isRead(node: ts.Node, text: string): boolean {
  const [value, holder] = heldBy(node);
  if (ts.isJsxExpression(holder)) {
    return ts.isJsxAttribute(holder.parent) ? isShown(holder.parent.name, node) : true;
  }
  if (ts.isJsxAttribute(holder)) return isShown(holder.name, node) || isSentence(holder, text);
  if (ts.isPropertyAssignment(holder)) {
    if (holder.name === value) return false;
    return isShown(holder.name, node) || isWord(text) || isSentence(holder, text);
  }
  if (ts.isCallExpression(holder) && ts.isIdentifier(holder.expression)) {
    if (TELLING.has(holder.expression.text)) return true;
    if (holder.expression.text === 't' || holder.expression.text === 'tx') return false;
  }
  return isSentence(holder, text);
}

/** Returns what a value comes to through conditions and fallbacks, and what holds that. */
function heldBy(node: ts.Node): [ts.Node, ts.Node] {
  let value = node;
  for (;;) {
    const { parent } = value;
    const passes =
      (ts.isConditionalExpression(parent) && parent.condition !== value) ||
      (ts.isBinaryExpression(parent) && /^(\|\||&&|\?\?|\+)$/.test(parent.operatorToken.getText())) ||
      ts.isParenthesizedExpression(parent) ||
      ts.isAsExpression(parent);
    if (!passes) return [value, parent];
    value = parent;
  }
}

function isShown(name: ts.Node, node: ts.Node): boolean {
  const word = name.getText().replace(/['"]/g, '');
  if (word === 'name') return NAMED.test(node.getSourceFile().fileName) && !isField(name);
  return SHOWN.has(word);
}

/** `name` of an element is that of a field, unless a component of ours shows it. */
function isField(name: ts.Node): boolean {
  const attributes = name.parent.parent;
  return ts.isJsxAttributes(attributes) && attributes.parent.tagName.getText() !== 'Tile';
}

/** A word with a capital, in a table of words. */
function isWord(text: string): boolean {
  return /^[A-Z][a-z]+$/.test(text);
}

function isSentence(holder: ts.Node, text: string): boolean {
  if (ts.isJsxAttribute(holder) && /class|style|accept|href|src/i.test(holder.name.getText())) return false;
  return /[a-z]{2,},? [a-z]{2,}/i.test(text);
}
