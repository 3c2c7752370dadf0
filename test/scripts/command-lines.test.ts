import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../support/built.js';

/** What npm runs for each of these commands. */
const COMMANDS: Record<string, readonly string[]> = {
  'sim:mutants': ['scripts/sim-mutants.mjs'],
  'test:crash': ['scripts/long-test.mjs', 'crash'],
  'test:recipes': ['scripts/test-recipes.mjs'],
  herd: ['scripts/herd.mjs'],
  fuzz: ['scripts/long-test.mjs', 'fuzz'],
};

function run(command: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...(COMMANDS[command] ?? []), ...args], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.each(Object.keys(COMMANDS))('npm run %s', (command) => {
  it('explains itself', () => {
    const { status, stdout, stderr } = run(command, '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.startsWith(`usage: npm run ${command} -- [options]\n`)).toBe(true);
  });
});

it.each([
  ['sim:mutants', ['--seeds', 'many'], '--seeds is "many"; it must be a whole number from 1 to 2147483647'],
  ['sim:mutants', ['--only', 'none'], '--only is "none", which --list does not name'],
  ['sim:mutants', ['answer-before-fsync'], "Unexpected argument 'answer-before-fsync'"],
  ['test:crash', ['--kills', '0'], '--kills is "0"; it must be a whole number from 1 to 2147483647'],
  ['test:crash', ['--count', '3'], "Unknown option '--count'"],
  ['fuzz', ['--count', '1.5'], '--count is "1.5"; it must be a whole number from 1 to 2147483647'],
  ['fuzz', ['--seed', '-1'], "Option '--seed' argument is ambiguous"],
  ['fuzz', ['--only', 'both'], '--only is "both"; the parts are server, client'],
])('npm run %s refuses %j in one line', (command, args, message) => {
  const { status, stdout, stderr } = run(command, ...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toBe(`${command}: ${message}; see npm run ${command} -- --help\n`);
});
