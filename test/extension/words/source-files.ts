import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Folder of the extension's sources. */
export const EXTENSION = join(import.meta.dirname, '../../../extension');

/** A parsed source of the extension. */
export function parseSource(name: string): ts.SourceFile {
  return ts.createSourceFile(name, readFileSync(join(EXTENSION, name), 'utf8'), ts.ScriptTarget.ES2022);
}

/** All parsed sources of the extension. */
export function parseSources(): ts.SourceFile[] {
  return readdirSync(EXTENSION, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/(^|[/\\])(dist|node_modules)[/\\]/.test(name))
    .map(parseSource);
}

/** All calls of a function by its bare name, in order. */
export function callsOf(source: ts.SourceFile, name: string): ts.CallExpression[] {
  return allOf(source, ts.isCallExpression).filter(
    ({ expression }) => ts.isIdentifier(expression) && expression.text === name,
  );
}

/** All nodes of a kind, in order. */
export function allOf<N extends ts.Node>(root: ts.Node, isWanted: (node: ts.Node) => node is N): N[] {
  const found: N[] = [];
  const visit = (node: ts.Node): void => {
    if (isWanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}
