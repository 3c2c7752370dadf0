import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../support/built.js';

export interface ImportEdge {
  /** As written: `./x.js`, `node:fs`, `pino`. */
  readonly specifier: string;
  /** The file meant, relative to the project; null for anything that is not ours. */
  readonly target: string | null;
  /** Exported names that are asked for; `'all'` for a namespace, a side effect or a computed use. */
  readonly names: readonly string[] | 'all';
  readonly typeOnly: boolean;
  /** `await import()` or a worker's `new URL()`: loaded when that line runs, not with the file. */
  readonly dynamic: boolean;
  readonly line: number;
}

/** A TypeScript file of this repository and what the tidy rules ask about it. */
export interface SourceFile {
  /** Relative to the project, `/` between its parts. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
  readonly ast: ts.SourceFile;
  readonly imports: readonly ImportEdge[];
}

const recordings = /^test\/vectors\/(client|ops|recipes|storage)$/;

/** All files below a folder of the project, as paths relative to the project. */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(projectRoot, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (recordings.test(path) || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) found.push(...filesBelow(path));
    else found.push(path);
  }
  return found;
}

export function readSourceFile(path: string): SourceFile {
  return parseSourceFile(path, readFileSync(join(projectRoot, path), 'utf8'));
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return { path, text, ast, lineCount: text.split('\n').length - 1, imports: importsOf(path, ast) };
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast)).line + 1;
}

/** Visits every node below `root`, parents first. */
export function walk(root: ts.Node, visit: (node: ts.Node) => void): void {
  ts.forEachChild(root, (node) => {
    visit(node);
    walk(node, visit);
  });
}

function importsOf(path: string, ast: ts.SourceFile): ImportEdge[] {
  const edges: ImportEdge[] = [];
  walk(ast, (node) => {
    const found = importIn(node);
    if (!found) return;
    const target = found.specifier.startsWith('.') ? resolveImport(path, found.specifier) : null;
    edges.push({ ...found, target, line: ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1 });
  });
  return edges;
}

function resolveImport(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

type FoundImport = Omit<ImportEdge, 'target' | 'line'>;

function importIn(node: ts.Node): FoundImport | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return declarationImport(node);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, names: 'all', typeOnly: true, dynamic: false };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return lateImport(node);
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL') return lateImport(node);
  return null;
}

/** `await import('./x.js')`, or the `new URL('./x.js', import.meta.url)` that names the program of a worker. */
function lateImport(node: ts.CallExpression | ts.NewExpression): FoundImport | null {
  const [first] = node.arguments ?? [];
  if (!first || !ts.isStringLiteral(first)) return null;
  if (ts.isNewExpression(node) && !/^\.\.?\/.*\.js$/.test(first.text)) return null;
  return { specifier: first.text, names: 'all', typeOnly: false, dynamic: true };
}

function declarationImport(node: ts.ImportDeclaration | ts.ExportDeclaration): FoundImport | null {
  if (!node.moduleSpecifier || !ts.isStringLiteral(node.moduleSpecifier)) return null;
  const specifier = node.moduleSpecifier.text;
  if (ts.isExportDeclaration(node)) {
    const names = node.exportClause && ts.isNamedExports(node.exportClause) ? namesIn(node.exportClause) : 'all';
    return { specifier, names, typeOnly: node.isTypeOnly, dynamic: false };
  }
  const bindings = node.importClause?.namedBindings;
  const names = bindings && ts.isNamedImports(bindings) ? namesIn(bindings) : 'all';
  const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return { specifier, names, typeOnly, dynamic: false };
}

function namesIn(list: ts.NamedImports | ts.NamedExports): string[] {
  return list.elements.map((element) => (element.propertyName ?? element.name).text);
}
