import ts from 'typescript';
import { impureGlobals } from '../../scripts/rooms.mjs';
import { lineOf, walk } from './source-file.js';
import type { SourceFile } from './source-file.js';

/** What a pure file does that reaches for time, chance, the outside or a promise: `path:line what`. */
export function impurities(file: SourceFile): string[] {
  const found = file.imports
    .filter((edge) => edge.target === null || edge.dynamic)
    .map((edge) => `${file.path}:${edge.line} imports ${edge.specifier}`);
  walk(file.ast, (node) => {
    const what = impurityOf(node);
    if (what) found.push(`${file.path}:${lineOf(file, node)} ${what}`);
  });
  return found;
}

function impurityOf(node: ts.Node): string | null {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'is async';
  if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) return 'awaits';
  if (ts.isPropertyAccessExpression(node) && node.getText() === 'Math.random') return 'uses Math.random';
  if (ts.isIdentifier(node) && impureGlobals.includes(node.text) && !isOnlyAName(node)) return `uses ${node.text}`;
  return null;
}

/** `x.process`, `{ process: 1 }` and `process() {}` in a class name a member and reach nothing. */
function isOnlyAName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  return (
    (ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isAccessor(parent)) &&
    parent.name === node
  );
}
