import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../support/built.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pinfold-summary-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function report(name: string, [passed, failed, pending]: [number, number, number]): string {
  const file = join(folder, name);
  const counts = { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0 };
  writeFileSync(file, JSON.stringify(counts));
  return file;
}

function summary(...args: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [join(projectRoot, 'scripts/ci-summary.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('ci-summary', () => {
  it('adds the runs up in one plain line', () => {
    const args = ['--report', report('a.json', [10, 0, 1]), '--report', report('b.json', [5, 0, 2])];
    expect(summary(...args)).toEqual({ status: 0, lines: ['15 passed, 0 failed, 3 skipped'] });
  });

  it('fails with a failed test', () => {
    const args = ['--report', report('a.json', [10, 2, 0]), '--failed-step', 'npm test'];
    expect(summary(...args)).toEqual({ status: 1, lines: ['FAILED: npm test', '10 passed, 2 failed, 0 skipped'] });
  });

  it('fails with a step that failed without a failed test, or before it could report', () => {
    const args = ['--report', report('a.json', [10, 0, 0]), '--report', join(folder, 'none.json')];
    const lines = ['FAILED: lint', 'FAILED: docs', '10 passed, 2 failed, 0 skipped'];
    expect(summary(...args, '--failed-step', 'lint', '--failed-step', 'docs')).toEqual({ status: 1, lines });
  });

  it('repeats what was left out', () => {
    const args = ['--report', report('a.json', [10, 0, 4]), '--skipped', 'interop'];
    expect(summary(...args)).toEqual({ status: 0, lines: ['SKIPPED: interop', '10 passed, 0 failed, 4 skipped'] });
  });

  it('takes a run of no test for a failure', () => {
    expect(summary('--report', report('a.json', [0, 0, 3])).status).toBe(1);
    expect(summary().status).toBe(1);
  });
});
