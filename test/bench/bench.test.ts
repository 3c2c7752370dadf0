import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from '../../src/testing/index.js';
import { builtFile, projectRoot } from '../support/built.js';

const page = join(projectRoot, 'README.md');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinfold-bench-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bench/main.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ZKLOAD: '' },
  });
  return { status, stdout, stderr };
}

interface Line {
  readonly row: string;
  readonly metric: string;
  readonly failure: string | null;
  readonly reached: boolean | null;
  readonly samples: { readonly pinfold: Readonly<Record<string, number>> };
}

/** What one short round with the generator of the project says of these rows. */
function measured(rows: readonly string[]): { stdout: string; lines: Line[] } {
  const json = join(folder, 'figures.json');
  const dist = join(builtFile('cli/main.js'), '../..');
  const how = ['--quick', '--alone', '--own-generator', '--dist', dist];
  const run = bench(...how, '--rows', rows.join(','), '--json', json);
  expect(run).toMatchObject({ status: 0 });
  const { generator, lines } = JSON.parse(readFileSync(json, 'utf8')) as { generator: string; lines: Line[] };
  expect(generator).toContain("the project's own generator");
  expect(new Set(lines.map((line) => line.row))).toEqual(new Set(rows));
  return { stdout: run.stdout, lines };
}

describe('bench', () => {
  it('measures with the generator of the project alone', { timeout: 300_000 }, () => {
    const rows = ['get8x64', 'set8x64', 'mix8x64', 'createseq-delete8x64', 'multi8x8', 'mix5000', 'fanout1000'];
    rows.push('sessions8', 'lock10', 'rss-empty');
    const { stdout, lines } = measured(rows);
    for (const line of lines) {
      // Without anybody to compare with, only the bound on watch events per release can be checked.
      expect(line).toMatchObject({ failure: null, reached: line.metric === 'events' ? true : null });
      expect(Object.keys(line.samples.pinfold)).toEqual(['1']);
      expect(line.samples.pinfold['1']).toBeGreaterThanOrEqual(0);
    }
    const rates = lines.filter((line) => line.metric === 'ops');
    for (const { row, samples } of rates) expect(samples.pinfold['1'], row).toBeGreaterThan(0);
    expect(stdout).toMatch(/^\| get 8x64, ops\/s +\| [\d,.]+ +\| +\| +\| 1 +\|$/m);
  });

  it('measures three servers, their start, and what follows the death of a leader', { timeout: 300_000 }, () => {
    const rows = ['ensemble-get8x64', 'ensemble-set8x64', 'ensemble-lock10', 'ensemble-fanout1000'];
    rows.push('ensemble-sessions8', 'ensemble-start', 'failover', 'failover-slowest', 'hand-over10-pinfold');
    const { stdout, lines } = measured(rows);
    for (const { row, failure, samples } of lines) {
      expect({ row, failure, rounds: Object.keys(samples.pinfold) }).toEqual({ row, failure: null, rounds: ['1'] });
      expect(samples.pinfold['1'], row).toBeGreaterThanOrEqual(0);
    }
    const figures = lines.filter(({ metric }) => ['ops', 'ms'].includes(metric));
    for (const { row, samples } of figures) expect(samples.pinfold['1'], row).toBeGreaterThan(0);
    expect(stdout).toContain('**3 servers**');
    expect(stdout).not.toContain('**Servers**');
  });

  it.each(['get', 'set'])('puts a client under a load of %s', async (op) => {
    const server = await startServer();
    const script = join(projectRoot, 'bench/clients/load.mjs');
    const args = ['pinfold', builtFile('client/index.js'), server.connectString, op, '8', '0.1', '0.2'];
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
    await server.close();
    const figures = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(figures)).toEqual(['ops', 'cpu', 'rss']);
    for (const figure of Object.values(figures)) expect(figure).toBeGreaterThan(0);
  });

  it.each([
    [['--rows', 'get8x64,nonsense'], 'bench: --rows: there is no row or group "nonsense" (see --help)'],
    [['--rounds', '0'], 'bench: --rounds must be a whole number from 1 to 100, not "0"'],
    [['--seconds', 'long'], 'bench: --seconds must be a number from 0.1 to 60, not "long"'],
    [['--alone', '--baseline', '.'], 'bench: --alone and --baseline contradict each other'],
    [['--faster'], "bench: Unknown option '--faster'"],
    [
      ['--json', '/no/such/folder/figures'],
      'bench: --json must be a file in a folder that exists: /no/such/folder does not',
    ],
    [['--markdown', '/no/page.md'], 'bench: --markdown: /no/page.md does not exist'],
    [
      ['--profile', '--markdown', page],
      `bench: --markdown: ${page} has no <!-- profile --> followed by <!-- /profile -->`,
    ],
    [
      ['--rows', 'ensemble', '--markdown', page],
      `bench: --markdown: ${page} has no <!-- ensemble --> followed by <!-- /ensemble -->`,
    ],
    [['fast'], "bench: Unexpected argument 'fast'"],
  ])('refuses %j', (args, line) => {
    const { status, stdout, stderr } = bench(...args);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `${line}\n` });
  });

  it('tells what there is', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^ {2}ensemble +ensemble-get8x64 ensemble-set1x1 .* ensemble-start failover failover-slowest$/m,
    );
    expect(stdout).toMatch(/^ {2}reads +get1x1 get8x1 get64x1 get8x64 get8x64-1k$/m);
  });
});
