// The sources of the page as the tests of its texts read them: by the compiler's own parser. For tests alone.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Returns every source of the page but its tests, its catalogues and what is generated. */
export function sources(): ts.SourceFile[] {
  return ts.sys
    .readDirectory(ROOT, ['.ts', '.tsx'])
    .map((path) => path.slice(ROOT.length))
    .filter((path) => !/\.test\.ts$|\.d\.ts$|^i18n\//.test(path))
    .map((path) => parsed(path, readFileSync(join(ROOT, path), 'utf8')));
}

export function parsed(path: string, text: string): ts.SourceFile {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind);
}

/** Calls `visit` with each node below `node`, and does not go below one that it returns true for. */
export function walk(node: ts.Node, visit: (node: ts.Node) => boolean | undefined) {
  ts.forEachChild(node, (child) => {
    if (!visit(child)) walk(child, visit);
  });
}

/** Returns where a node stands, as editors open it. */
export function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** Returns a call of `t` or `tx` with its key. */
export function said(node: ts.Node): { key: string; values: ts.Expression | undefined } | undefined {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  if (node.expression.text !== 't' && node.expression.text !== 'tx') return undefined;
  const [key, values] = node.arguments;
  return key && ts.isStringLiteral(key) ? { key: key.text, values } : undefined;
}
