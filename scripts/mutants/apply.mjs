// Makes the product with one deliberate fault in it: the compiled source with one text replaced.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** @typedef {import('./table.mjs').Mutant} Mutant */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The mutant's files with its fault put in. Throws where the text to be replaced is not there exactly once: the source has
 * moved on, and the mutant must follow.
 * @param {Mutant} mutant
 */
export function mutated({ name, file, find, replace, also = [] }) {
  /** @type {Map<string, string>} */
  const sources = new Map();
  for (const change of [{ file, find, replace }, ...also]) {
    const source = sources.get(change.file) ?? readFileSync(join(ROOT, change.file), 'utf8');
    sources.set(change.file, changed(name, source, change));
  }
  return [...sources].map(([changedFile, source]) => ({ file: changedFile, source }));
}

/**
 * @param {string} name
 * @param {string} source
 * @param {{ file: string, find: string, replace: string }} change
 */
function changed(name, source, { file, find, replace }) {
  const count = source.split(find).length - 1;
  if (count === 1) return source.replace(find, () => replace);
  throw new Error(`mutant ${name}: its text is ${count} times in ${file}, not once; bring scripts/mutants up to date`);
}

/**
 * @param {string} source TypeScript
 * @param {string} fileName for messages
 */
export function compiled(source, fileName) {
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  const [fault] = diagnostics;
  if (fault === undefined) return outputText;
  throw new Error(`${fileName} does not compile: ${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}`);
}

/**
 * Compiles all of src, without looking at types.
 * @param {string} directory made; must lie below the project, where imports of packages are resolved
 */
export function compileAll(directory) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n');
  for (const name of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const target = compiledPath(directory, `src/${name}`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, compiled(readFileSync(join(ROOT, 'src', name), 'utf8'), name));
  }
}

/**
 * A copy of the compiled product with the mutant in it.
 * @param {string} base made by {@link compileAll}
 * @param {string} directory
 * @param {Mutant} mutant
 */
export function compileMutant(base, directory, mutant) {
  const files = mutated(mutant).map(({ file, source }) => ({ file, code: compiled(source, file) }));
  cpSync(base, directory, { recursive: true });
  for (const { file, code } of files) writeFileSync(compiledPath(directory, file), code);
}

/**
 * @param {string} directory
 * @param {string} file below src
 */
function compiledPath(directory, file) {
  return join(directory, file.replace(/^src\//, '').replace(/\.ts$/, '.js'));
}
