import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder that holds one file for each living child of any test process of this run. */
const VARIABLE = 'INTEROP_PROCESS_LEDGER';

export function enterLedger(pid: number | undefined): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined && pid !== undefined) writeFileSync(join(folder, String(pid)), '');
}

export function leaveLedger(pid: number | undefined): void {
  const folder = process.env[VARIABLE];
  if (folder !== undefined && pid !== undefined) rmSync(join(folder, String(pid)), { force: true });
}

/** For vitest, before the run. */
export function setup(): void {
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), 'interop-processes-'));
}

/** For vitest, after the run: ends what a test process left behind, and fails the run for it. */
export function teardown(): void {
  const folder = process.env[VARIABLE];
  if (folder === undefined) return;
  const left = readdirSync(folder).map(Number);
  rmSync(folder, { recursive: true, force: true });
  if (left.length === 0) return;
  left.forEach(endGroup);
  process.exitCode = 1;
  throw new Error(`the tests left processes behind, now ended: ${left.join(', ')}`);
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
