import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importRefusal, isPure } from '../scripts/rooms.mjs';
import { projectRoot } from './support/built.js';
import { entryPoints, loadedWith, unreachableFiles, unusedExports } from './tidy/dead-code.js';
import { impurities } from './tidy/purity.js';
import { crowdedFiles, defaultExports, longFunctions, silencedTests, sleeps, unfinishedLines } from './tidy/shape.js';
import { filesBelow, readSourceFile } from './tidy/source-file.js';
import type { SourceFile } from './tidy/source-file.js';

const longLines = 300;
const srcLinesMax = 400;
const anyLinesMax = 800;
/** Files of src that may pass the limit, because they are tables that only grow by rows. */
const tables: readonly string[] = [];

/** Interop tests whose peer is not on this machine are listed there as not run, each with its reason. */
const mayNameWhatIsNotRun = 'test/interop/support/peers.ts';

const src = sourceFiles('src');
const tests = sourceFiles('test');
const everyPath = ['src', 'test', 'scripts', 'docs', 'bench', 'examples', '.ci']
  .filter((folder) => existsSync(join(projectRoot, folder)))
  .flatMap(filesBelow)
  .filter((path) => !path.startsWith('docs/api/') && !path.startsWith('.ci/out/'));

function sourceFiles(folder: string): SourceFile[] {
  return filesBelow(folder)
    .filter((path) => path.endsWith('.ts'))
    .map(readSourceFile);
}

describe('the rooms of src', () => {
  it('import only in the direction of the table', () => {
    const refused = src.flatMap((file) =>
      file.imports.flatMap((edge) => {
        const reason = edge.target && importRefusal(file.path, edge.target, { later: edge.typeOnly || edge.dynamic });
        return reason ? [`${file.path}:${edge.line} ${reason}`] : [];
      }),
    );
    expect(refused).toEqual([]);
  });

  it('import only what exists', () => {
    const paths = new Set(everyPath);
    const missing = [...src, ...tests].flatMap((file) =>
      file.imports
        .filter(
          (edge) => edge.target !== null && !paths.has(edge.target) && !existsSync(join(projectRoot, edge.target)),
        )
        .map((edge) => `${file.path}:${edge.line} ${edge.specifier}`),
    );
    expect(missing).toEqual([]);
  });

  it('are pure where they say so', () => {
    expect(src.filter((file) => isPure(file.path)).flatMap(impurities)).toEqual([]);
  });

  it('let pinfold and pinfold/client load no server file', () => {
    for (const entry of ['src/index.ts', 'src/client/index.ts', 'src/recipes/index.ts']) {
      const loaded = [...loadedWith(entry, src)];
      expect(loaded.filter((path) => /^src\/(server|testing|cli)\//.test(path))).toEqual([]);
    }
  });
});

describe('every file', () => {
  it('is of a size one can read', () => {
    const tooLong = [...src, ...tests].filter(({ path, lineCount }) => {
      const max = path.startsWith('src/') && !tables.includes(path) ? srcLinesMax : anyLinesMax;
      return lineCount > max;
    });
    const long = src.filter((file) => file.lineCount > longLines && !tables.includes(file.path));
    if (long.length > 0) console.log(`longer than ${longLines} lines: ${long.map(sizeOf).join(', ')}`);
    expect(tooLong.map(sizeOf)).toEqual([]);
  });

  it('keeps its functions under 70 lines', () => {
    expect([...src, ...tests].flatMap(longFunctions)).toEqual([]);
  });

  it('has a kebab-case name that says what is in it', () => {
    const wrong = everyPath.filter((path) => {
      const name = basename(path);
      if (!/\.(ts|js|mjs)$/.test(name)) return false;
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?(\.test)?\.(ts|js|mjs)$/.test(name) ||
        /^(utils?|helpers?|misc|common)\./.test(name)
      );
    });
    expect(wrong).toEqual([]);
  });

  it('exports by name, one class a file', () => {
    expect([...src, ...tests].flatMap(defaultExports)).toEqual([]);
    expect(src.flatMap(crowdedFiles)).toEqual([]);
  });

  it('is finished, and silences no check', () => {
    const code = everyPath.filter((path) => /\.(ts|js|mjs|json|md|sh|java|py|c)$/.test(path));
    expect(code.flatMap((path) => unfinishedLines(path, readText(path)))).toEqual([]);
  });

  it('is free of the paths of the machine it was written on', () => {
    const home = homedir();
    const machinePaths = [projectRoot, ...(home.length > 1 ? [`${home}/`] : [])];
    const named = everyPath.filter((path) => machinePaths.some((place) => readText(path).includes(place)));
    expect(named).toEqual([]);
  });
});

describe('tests', () => {
  it('all run', () => {
    const silenced = tests.filter((file) => file.path !== mayNameWhatIsNotRun).flatMap(silencedTests);
    expect(silenced).toEqual([]);
  });

  it('never sleep', () => {
    const supportMayPoll = tests.filter((file) => file.path.endsWith('.test.ts'));
    expect(supportMayPoll.flatMap(sleeps)).toEqual([]);
  });
});

describe('dead code', () => {
  it('every entry point exists', () => {
    expect(entryPoints.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
  });

  it('every file is reached from an entry point', () => {
    expect(unreachableFiles(src)).toEqual([]);
  });

  it('every export is used, or passed on by an index', () => {
    expect(unusedExports(src, tests)).toEqual([]);
  });
});

describe('package.json', () => {
  it('depends on nothing that src does not import', () => {
    const { dependencies } = JSON.parse(readText('package.json')) as { dependencies: Record<string, string> };
    const imported = new Set(src.flatMap((file) => file.imports.map((edge) => edge.specifier)));
    expect(Object.keys(dependencies).filter((name) => !imported.has(name))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('names no place to download from', () => {
    expect(readText('package-lock.json')).not.toContain('"resolved"');
  });

  it('installs nothing that runs a script', () => {
    const lock = JSON.parse(readText('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
    expect(scripted.map(([name]) => name)).toEqual([]);
  });
});

function readText(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

function sizeOf(file: SourceFile): string {
  return `${file.path} (${file.lineCount})`;
}
