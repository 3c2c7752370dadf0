import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtFile, projectRoot } from '../../support/built.js';

export interface Outcome {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** What a user gets: the packed tarball, installed into a folder that has nothing else. */
export class PackedApp {
  readonly tarball: string;
  readonly folder: string;
  readonly #temp: string;

  private constructor(temp: string, tarball: string) {
    this.#temp = temp;
    this.tarball = tarball;
    this.folder = join(temp, 'app');
  }

  /** Packs `dist` as it is built and installs the tarball, running no install script of anything. */
  static async install(): Promise<PackedApp> {
    builtFile('cli/main.js');
    const temp = mkdtempSync(join(tmpdir(), 'pinfold-packed-'));
    // Without scripts: prepack would build again, below the feet of the tests that run dist at this moment.
    const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', temp], projectRoot);
    const { filename } = firstPacked(packed);
    const app = new PackedApp(temp, join(temp, filename));
    mkdirSync(app.folder);
    writeFileSync(join(app.folder, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    const installed = await run('npm', ['install', ...flags, app.tarball], app.folder);
    if (installed.status !== 0) throw new Error(`npm install of the tarball failed:\n${installed.output}`);
    return app;
  }

  /** Copies a program of test/e2e/fixtures into the app and runs it there. */
  async runFixture(name: string, options: { flags?: string[]; args?: string[] } = {}): Promise<Outcome> {
    const program = this.#copyFixture(name);
    return run(process.execPath, [...(options.flags ?? []), program, ...(options.args ?? [])], this.folder);
  }

  /** The files that Node loads for `import 'specifier'`, relative to the installed package; other packages' left out. */
  async filesLoadedBy(specifier: string): Promise<string[]> {
    this.#copyFixture('record-loads-hooks.mjs');
    this.#copyFixture('record-loads.mjs');
    const list = join(this.folder, 'loaded.txt');
    writeFileSync(list, '');
    const recorder = join(this.folder, 'record-loads.mjs');
    const outcome = await this.runFixture('import-one.mjs', { flags: ['--import', recorder], args: [specifier] });
    if (outcome.status !== 0) throw new Error(`import of ${specifier} failed:\n${outcome.output}`);
    const marker = '/node_modules/pinfold/';
    return readFileSync(list, 'utf8')
      .split('\n')
      .filter((url) => url.includes(marker))
      .map((url) => url.slice(url.indexOf(marker) + marker.length));
  }

  writeFile(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** A file of the installed package, named relative to it. */
  path(name: string): string {
    return join(this.folder, 'node_modules', 'pinfold', name);
  }

  remove(): void {
    rmSync(this.#temp, { recursive: true, force: true });
  }

  #copyFixture(name: string): string {
    const copy = join(this.folder, basename(name));
    copyFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), copy);
    return copy;
  }
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], cwd: string): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ status, output: `${stdout}${stderr}${status === null && error ? error.message : ''}` });
    });
  });
}

function firstPacked(packed: Outcome): { filename: string } {
  const start = packed.output.indexOf('[');
  const end = packed.output.lastIndexOf(']');
  if (packed.status !== 0 || start < 0) throw new Error(`npm pack failed:\n${packed.output}`);
  const [first] = JSON.parse(packed.output.slice(start, end + 1)) as { filename: string }[];
  if (!first) throw new Error(`npm pack made nothing:\n${packed.output}`);
  return first;
}
