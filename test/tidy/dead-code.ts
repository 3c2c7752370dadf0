import ts from 'typescript';
import { walk } from './source-file.js';
import type { SourceFile } from './source-file.js';

/** The files that package.json's doors, the command and `npm run sim` open. */
export const entryPoints = [
  'src/index.ts',
  'src/testing/sim/index.ts',
  ...['client', 'recipes', 'recipes/redis', 'server', 'protocol', 'testing'].map((room) => `src/${room}/index.ts`),
  'src/cli/main.ts',
];

/** Files that no entry point leads to. */
export function unreachableFiles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reached = reachable(entryPoints, byPath, () => true);
  return files.map((file) => file.path).filter((path) => !reached.has(path));
}

/** Files that are loaded together with `entry`: what it imports at once, not types and not what it loads later. */
export function loadedWith(entry: string, files: readonly SourceFile[]): Set<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return reachable([entry], byPath, (edge) => !edge.typeOnly && !edge.dynamic);
}

function reachable(
  from: readonly string[],
  byPath: ReadonlyMap<string, SourceFile>,
  follows: (edge: SourceFile['imports'][number]) => boolean,
): Set<string> {
  const reached = new Set<string>();
  const open = [...from];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path);
    if (!file || reached.has(path)) continue;
    reached.add(path);
    for (const edge of file.imports) if (edge.target !== null && follows(edge)) open.push(edge.target);
  }
  return reached;
}

/**
 * Exports of `files` that nothing needs. An export is needed when another file of src imports it or an index passes it
 * on; or when its own file uses it too and either a test reaches for it or it is a type, which an exported signature
 * may name.
 */
export function unusedExports(files: readonly SourceFile[], tests: readonly SourceFile[]): string[] {
  const usedInSrc = namesUsed(files);
  const usedInTests = namesUsed(tests);
  return files
    .filter((file) => !entryPoints.includes(file.path))
    .flatMap((file) =>
      exportsOf(file)
        .filter(({ name, isType }) => {
          if (uses(usedInSrc, file.path, name)) return false;
          return !(mentions(file, name) > 1 && (isType || uses(usedInTests, file.path, name)));
        })
        .map(({ name }) => `${file.path} exports ${name}, which nothing uses`),
    );
}

type NamesUsed = Map<string, Set<string> | 'all'>;

function namesUsed(files: readonly SourceFile[]): NamesUsed {
  const used: NamesUsed = new Map();
  for (const { target, names } of files.flatMap((file) => file.imports)) {
    if (target === null) continue;
    const before = used.get(target);
    if (names === 'all' || before === 'all') used.set(target, 'all');
    else used.set(target, new Set([...(before ?? []), ...names]));
  }
  return used;
}

function uses(used: NamesUsed, path: string, name: string): boolean {
  const names = used.get(path);
  return names === 'all' || names?.has(name) === true;
}

function mentions(file: SourceFile, name: string): number {
  let count = 0;
  walk(file.ast, (node) => {
    if (ts.isIdentifier(node) && node.text === name) count += 1;
  });
  return count;
}

function exportsOf(file: SourceFile): { name: string; isType: boolean }[] {
  return file.ast.statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    if (!modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)) return [];
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
    return declaredNames(statement).map((name) => ({ name, isType }));
  });
}

function declaredNames(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
  }
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  ) {
    return statement.name ? [statement.name.text] : [];
  }
  return [];
}
