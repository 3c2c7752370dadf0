import { readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../support/built.js';
import { PackedApp, run } from './support/packed-app.js';
import type { Outcome } from './support/packed-app.js';

const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
  exports: Record<string, unknown>;
};
const doors = Object.keys(manifest.exports)
  .filter((door) => door !== './package.json')
  .map((door) => door.replace(/^\./, 'pinfold'));

let app: PackedApp;
beforeAll(async () => {
  app = await PackedApp.install();
}, 180_000);
afterAll(() => app.remove());

describe('the packed tarball', () => {
  it('holds the build, the guides and the license, and nothing else', () => {
    const names = filesBelow(app.path(''));
    const wanted = /^(dist\/.+\.(js|d\.ts)(\.map)?|docs\/.+\.md|(README|CHANGELOG)\.md|LICENSE|NOTICE|package\.json)$/;
    expect(names.filter((name) => !wanted.test(name))).toEqual([]);
    expect(['LICENSE', 'NOTICE', 'CHANGELOG.md', 'README.md'].filter((name) => !names.includes(name))).toEqual([]);
  });

  it('names no path of the machine that packed it', () => {
    const machinePaths = [projectRoot, `${homedir()}/`];
    const named = filesBelow(app.path('')).filter((name) => {
      const text = readFileSync(app.path(name), 'utf8');
      return machinePaths.some((place) => text.includes(place));
    });
    expect(named).toEqual([]);
  });

  it('passes publint', async () => {
    expectSuccess(await tool('publint', ['run', app.tarball, '--strict']));
  });

  it('passes attw, as a package of ES modules only', async () => {
    expectSuccess(await tool('attw', [app.tarball, '--profile', 'esm-only', '--no-definitely-typed']));
  });
});

describe('installed in an empty folder', () => {
  it('compiles nothing and runs no script', () => {
    const lock = JSON.parse(readFileSync(join(app.folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript);
    expect(scripted.map(([name]) => name)).toEqual([]);
    const native = filesBelow(join(app.folder, 'node_modules')).filter((name) => /(\.node|\/binding\.gyp)$/.test(name));
    expect(native).toEqual([]);
  });

  it.each([...doors, 'pinfold/package.json'])('%s can be imported', async (door) => {
    expectSuccess(await app.runFixture('import-one.mjs', { args: [door] }));
  });

  it.each(['pinfold', 'pinfold/client', 'pinfold/recipes', 'pinfold/protocol'])(
    'importing %s loads no file of the server, the test kit or the command',
    async (door) => {
      const loaded = await app.filesLoadedBy(door);
      expect(loaded.length).toBeGreaterThan(0);
      expect(loaded.filter((file) => /^dist\/(server|testing|cli)\//.test(file))).toEqual([]);
    },
  );

  it('pinfold/server does load it: the recorder can tell', async () => {
    expect((await app.filesLoadedBy('pinfold/server')).some((file) => file.startsWith('dist/server/'))).toBe(true);
  });

  it('type-checks for a strict user who checks libraries too', async () => {
    expectSuccess(await typecheck());
  });

  it('puts the pinfold command in place', async () => {
    const command = join(app.folder, 'node_modules', '.bin', 'pinfold');
    expect(await run(command, ['--version'], app.folder)).toEqual({ status: 0, output: `${manifest.version}\n` });
  });

  it('takes a lock on a server in its own process', async () => {
    const outcome = await app.runFixture('lock-in-empty-folder.mjs');
    expectSuccess(outcome);
    expect(outcome.output).toMatch(/^locked with token \d+\n$/);
  });
});

/** Shows what the program said when it failed. */
function expectSuccess({ status, output }: Outcome): void {
  if (status !== 0) throw new Error(`ended with status ${status}:\n${output}`);
}

async function tool(name: string, args: string[]) {
  return run(join(projectRoot, 'node_modules', '.bin', name), args, app.folder);
}

async function typecheck() {
  app.writeFile('every-door.ts', doors.map((door, index) => `export * as door${index} from '${door}';\n`).join(''));
  const flags = [
    '--strict',
    '--noEmit',
    '--skipLibCheck',
    'false',
    '--target',
    'es2022',
    '--lib',
    'es2023,esnext.disposable',
  ];
  const node = ['--types', 'node', '--typeRoots', join(projectRoot, 'node_modules', '@types')];
  return tool('tsc', [...flags, ...node, '--module', 'nodenext', '--exactOptionalPropertyTypes', 'every-door.ts']);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => relative(folder, path).replaceAll('\\', '/'));
}
