import ts from 'typescript';
import { lineOf, walk } from './source-file.js';
import type { SourceFile } from './source-file.js';

const functionLinesMax = 69;

/** Functions of 70 lines and more. One whose statements are `describe` and `it` is a chapter, not a function. */
export function longFunctions(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.ast, (node) => {
    if (!ts.isFunctionLike(node) || isChapter(node)) return;
    const last = file.ast.getLineAndCharacterOfPosition(node.end).line + 1;
    const lines = last - lineOf(file, node) + 1;
    if (lines > functionLinesMax) found.push(`${file.path}:${lineOf(file, node)} function of ${lines} lines`);
  });
  return found;
}

function isChapter(node: ts.Node): boolean {
  const { body } = node as ts.FunctionLikeDeclaration;
  if (!body || !ts.isBlock(body)) return false;
  return body.statements.some(
    (statement) =>
      ts.isExpressionStatement(statement) &&
      ts.isCallExpression(statement.expression) &&
      /^(describe|it|test)\b/.test(statement.expression.expression.getText()),
  );
}

export function defaultExports(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.ast, (node) => {
    if (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent)) found.push(at(file, node));
    else if (ts.isExportAssignment(node)) found.push(at(file, node));
    else if (ts.isExportSpecifier(node) && node.name.text === 'default') found.push(at(file, node));
  });
  return found.map((place) => `${place} default export`);
}

/** One exported class a file; the small errors that belong to it may live beside it. */
export function crowdedFiles(file: SourceFile): string[] {
  const classes = file.ast.statements.filter(
    (statement): statement is ts.ClassDeclaration =>
      ts.isClassDeclaration(statement) &&
      (statement.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword),
  );
  const names = classes
    .filter((declaration) => !isError(declaration))
    .map((declaration) => declaration.name?.text ?? '');
  return names.length > 1 ? [`${file.path} exports ${names.length} classes: ${names.join(', ')}`] : [];
}

function isError(declaration: ts.ClassDeclaration): boolean {
  return (declaration.heritageClauses ?? []).some(({ types }) => types.some((type) => /Error$/.test(type.getText())));
}

/** Tests that are switched off, or that switch others off. */
export function silencedTests(file: SourceFile): string[] {
  const found: string[] = [];
  walk(file.ast, (node) => {
    if (!ts.isPropertyAccessExpression(node)) return;
    if (!/^(it|test|describe|suite|ctx|context)\b/.test(node.expression.getText())) return;
    if (/^(skip|only|todo|skipIf|runIf|fails)$/.test(node.name.text)) found.push(`${at(file, node)} ${node.getText()}`);
  });
  return found;
}

/** Pauses for a fixed time. A test waits for a condition, or moves virtual time. */
export function sleeps(file: SourceFile): string[] {
  const found = file.imports
    .filter((edge) => /^(node:)?timers\/promises$/.test(edge.specifier))
    .map((edge) => `${file.path}:${edge.line} imports ${edge.specifier}`);
  walk(file.ast, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'setTimeout') return;
    const [callback] = node.arguments;
    // setTimeout(resolve, 50): nothing but time passes. A timer that fails the test at a deadline is another thing.
    if (callback && ts.isIdentifier(callback) && /^(resolve|res|done|r)$/.test(callback.text)) {
      found.push(`${at(file, node)} sleeps`);
    }
  });
  return found;
}

const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
const muted = new RegExp(
  ['eslint-' + 'disable', '@ts-' + 'ignore', '@ts-' + 'nocheck', 'prettier-' + 'ignore'].join('|'),
);

/** Comments that put work off or switch a check off. */
export function unfinishedLines(path: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      unfinished.test(line) || muted.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 80)}`] : [],
    );
}

function at(file: SourceFile, node: ts.Node): string {
  return `${file.path}:${lineOf(file, node)}`;
}
