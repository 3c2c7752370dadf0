import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { builtFile, projectRoot } from '../support/built.js';

function sim(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/sim.mjs', ...args], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('npm run sim', () => {
  it('explains itself', () => {
    const { status, stdout } = sim('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^usage: npm run sim -- \[--seeds N\] \[--from S\] \[--workers W\] \[--servers WHICH\] \[--faults LIST\] \[--verbose\]\n/,
    );
  });

  it.each([
    [['--seeds', 'many'], '--seeds is "many"; it must be a whole number from 1 to 2147483647'],
    [['--seeds', '0'], '--seeds is "0"; it must be a whole number from 1 to 2147483647'],
    [['--from', '1.5'], '--from is "1.5"; it must be a whole number from 0 to 2147483647'],
    [['--workers', '-1'], "Option '--workers' argument is ambiguous"],
    [['--sedes', '3'], "Unknown option '--sedes'"],
    [['3'], "Unexpected argument '3'"],
  ])('refuses %j in one line', (args, message) => {
    const { status, stdout, stderr } = sim(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^sim: [^\n]*; see npm run sim -- --help\n$/);
    expect(stderr).toContain(message);
  });

  it('plays seeds, and ends with a table of what happened', () => {
    builtFile('testing/sim/index.js');
    const { status, stdout, stderr } = sim('--seeds', '2', '--from', '21', '--workers', '2');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^server start +\d+$/m);
    expect(stdout).toMatch(/\n2 seeds \(21 to 22\), [\d.]+ virtual hours in [\d.]+ s with 2 workers\nno violation\n$/);
  });

  it('lets only those faults happen that it is told of, and names all where one does not exist', () => {
    builtFile('testing/sim/index.js');
    const { status, stdout } = sim('--seeds', '1', '--from', '21', '--faults', 'connection reset');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^connection reset +\d+$/m);
    expect(stdout).not.toMatch(/^client killed/m);
    const wrong = sim('--faults', 'earthquake');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain(
      '--faults is "earthquake"; it must be none or some of: servers parted, leader cut off,',
    );
  });

  it('prints every event when asked', () => {
    builtFile('testing/sim/index.js');
    const { status, stdout } = sim('--seeds', '1', '--from', '21', '--verbose');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}0 [\d.]+ ms {2}server \d started with zxid 0x0$/m);
  });
});
