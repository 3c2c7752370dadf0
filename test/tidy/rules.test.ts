import { describe, expect, it } from 'vitest';
import { importRefusal, isPure, roomOf } from '../../scripts/rooms.mjs';
import { loadedWith, unreachableFiles, unusedExports } from './dead-code.js';
import { impurities } from './purity.js';
import { crowdedFiles, defaultExports, longFunctions, silencedTests, sleeps, unfinishedLines } from './shape.js';
import { parseSourceFile } from './source-file.js';

// The rules of tidy.test.ts must be able to fail, and must leave alone what they are not about.
const now = { later: false };

function parse(text: string, path = 'src/protocol/x.ts') {
  return parseSourceFile(path, text);
}

describe('the table of rooms', () => {
  it('puts a file into the innermost room', () => {
    expect(roomOf('src/index.ts')?.folder).toBe('');
    expect(roomOf('src/server/tree/deep/x.ts')?.folder).toBe('server/tree');
    expect(roomOf('src/server/x.ts')?.folder).toBe('server');
    expect(roomOf('test/x.ts')).toBeUndefined();
  });

  it.each([
    ['src/client/a.ts', 'src/server/tree/b.ts'],
    ['src/recipes/a.ts', 'src/server/index.ts'],
    ['src/server/net/a.ts', 'src/client/b.ts'],
    ['src/server/tree/a.ts', 'src/server/watches/b.ts'],
    ['src/server/pipeline/a.ts', 'src/server/net/b.ts'],
    ['src/protocol/a.ts', 'src/runtime/b.ts'],
    ['src/runtime/a.ts', 'src/protocol/b.ts'],
    ['src/testing/a.ts', 'src/cli/b.ts'],
    ['src/client/a.ts', 'test/support/b.ts'],
    ['src/index.ts', 'src/testing/index.ts'],
  ])('refuses %s -> %s', (from, to) => {
    expect(importRefusal(from, to, now)).toMatch(/may not import/);
  });

  it.each([
    ['src/client/a.ts', 'src/protocol/b.ts'],
    ['src/recipes/a.ts', 'src/client/b.ts'],
    ['src/server/pipeline/a.ts', 'src/server/tree/b.ts'],
    ['src/server/net/a.ts', 'src/server/pipeline/b.ts'],
    ['src/testing/a.ts', 'src/server/runtime/b.ts'],
    ['src/cli/a.ts', 'src/testing/b.ts'],
    ['test/client/a.test.ts', 'src/server/b.ts'],
  ])('allows %s -> %s', (from, to) => {
    expect(importRefusal(from, to, now)).toBeNull();
  });

  it('lets the front door name the test server without loading it', () => {
    expect(importRefusal('src/index.ts', 'src/testing/index.ts', { later: true })).toBeNull();
    expect(importRefusal('src/client/a.ts', 'src/server/b.ts', { later: true })).not.toBeNull();
  });

  it('knows the pure rooms', () => {
    expect(isPure('src/server/tree/data-tree.ts')).toBe(true);
    expect(isPure('src/server/net/link.ts')).toBe(false);
  });
});

describe('purity', () => {
  it.each([
    `import { readFileSync } from 'node:fs';`,
    `import type { Logger } from 'pino';`,
    `const late = import('./y.js');`,
    `export const at = Date.now();`,
    `export async function f() {}`,
    `export let p: Promise<void>;`,
    `setTimeout(() => {}, 1);`,
    `const x = Math.random();`,
    `console.log(1);`,
    `const x = { at: performance.now() };`,
  ])('finds %s', (text) => {
    expect(impurities(parse(text)).length).toBeGreaterThan(0);
  });

  it('takes members of the same name for what they are', () => {
    const text = `
      import { y } from './y.js';
      export interface Stage { process(request: Buffer): void; Date: number }
      export class Step { process(stage: Stage): number { stage.process(Buffer.alloc(1)); return Math.max(stage.Date, y); } }
      export const table = { Date: 1 };`;
    expect(impurities(parse(text))).toEqual([]);
  });
});

describe('shape', () => {
  const lines = (count: number) => 'f();\n'.repeat(count);

  it('measures functions, and takes describe for a chapter', () => {
    expect(longFunctions(parse(`function a() {\n${lines(67)}}`))).toEqual([]);
    expect(longFunctions(parse(`function a() {\n${lines(68)}}`))).toEqual(['src/protocol/x.ts:1 function of 70 lines']);
    const chapter = `const a = 1;\n${lines(100)}it('b', () => {});`;
    expect(longFunctions(parse(`describe('a', () => {\n${chapter}});`))).toEqual([]);
    expect(longFunctions(parse(`function suite() {\n${chapter}}`))).toEqual([]);
    expect(longFunctions(parse(`it('a', () => {\n${lines(100)}});`))).toHaveLength(1);
  });

  it('finds default exports in each spelling', () => {
    expect(defaultExports(parse('export default function f() {}'))).toHaveLength(1);
    expect(defaultExports(parse('const a = 1; export default a;'))).toHaveLength(1);
    expect(defaultExports(parse('const a = 1; export { a as default };'))).toHaveLength(1);
    expect(defaultExports(parse('switch (1) { default: f(); }'))).toEqual([]);
  });

  it('counts exported classes, errors aside', () => {
    expect(crowdedFiles(parse('export class A {} export class B {}'))).toHaveLength(1);
    expect(crowdedFiles(parse('export class A {} class B {} export class Failure extends TypeError {}'))).toEqual([]);
  });

  it('finds tests that are switched off and tests that sleep', () => {
    for (const how of ['it.skip', 'describe.only', 'test.todo', 'it.skipIf(x)', 'describe.concurrent.skip']) {
      expect(silencedTests(parse(`${how}('a', () => {});`))).not.toEqual([]);
    }
    expect(silencedTests(parse(`it.each([1])('a', () => { list.only(); });`))).toEqual([]);
    expect(sleeps(parse(`await new Promise((resolve) => setTimeout(resolve, 50));`))).toHaveLength(1);
    expect(sleeps(parse(`import { setTimeout } from 'node:timers/promises';`))).toHaveLength(1);
    expect(sleeps(parse(`const guard = setTimeout(() => fail(), 5000);`))).toEqual([]);
  });

  it('finds what was put off', () => {
    expect(unfinishedLines('a.ts', `a\n// TO${'DO'}: later`)).toHaveLength(1);
    expect(unfinishedLines('a.ts', `// eslint${'-disable'}-next-line`)).toHaveLength(1);
    expect(unfinishedLines('a.ts', `xxxxx todo list hackney`)).toEqual([]);
  });
});

describe('dead code', () => {
  const index = parse(`export { used } from './used.js';`, 'src/index.ts');
  const used = parse(
    `import type { T } from './types.js'; import { tested } from './tested.js';
     export const used = (t: T) => tested(t);
     export const worker = new URL('./worker.js', import.meta.url); export const later = () => import('./later.js');`,
    'src/used.ts',
  );
  const types = parse(
    `export interface T { part: Part } export interface Part { a: 1 } export interface Lone { b: 1 }`,
    'src/types.ts',
  );
  const tested = parse(
    `export const inner = () => 1; export const tested = (t: unknown) => inner(); export const onlyTested = 1;`,
    'src/tested.ts',
  );
  const worker = parse(`f();`, 'src/worker.ts');
  const later = parse(`g();`, 'src/later.ts');
  const lost = parse(`import './used.js';`, 'src/lost.ts');
  const test = parse(`import { inner, onlyTested } from '../src/tested.js';`, 'test/tested.test.ts');
  const files = [index, used, types, tested, worker, later, lost];

  it('follows imports, workers and late imports from the doors', () => {
    expect(unreachableFiles(files)).toEqual(['src/lost.ts']);
  });

  it('knows what is loaded at once', () => {
    expect([...loadedWith('src/index.ts', files)].sort()).toEqual(['src/index.ts', 'src/tested.ts', 'src/used.ts']);
  });

  it('finds exports that nothing needs', () => {
    const alive = files.filter((file) => file !== lost);
    expect(unusedExports(alive, [test])).toEqual([
      'src/used.ts exports worker, which nothing uses',
      'src/used.ts exports later, which nothing uses',
      'src/types.ts exports Lone, which nothing uses',
      'src/tested.ts exports onlyTested, which nothing uses',
    ]);
  });
});
