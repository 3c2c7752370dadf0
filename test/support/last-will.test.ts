import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { until } from '../interop/support/until.js';
import { projectRoot } from './built.js';
import { TrackedProcess } from './tracked-process.js';

const PATIENCE_MS = 20_000;
const LAST_WILL = pathToFileURL(`${projectRoot}test/support/last-will.mjs`).href;
/** Starts three processes, takes one of them out of its will again, and waits. */
const TESTATOR = `
  import { spawn } from 'node:child_process';
  const { addToLastWill, dropFromLastWill } = await import('${LAST_WILL}');
  const pids = [1, 2, 3].map(() => spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).pid);
  pids.forEach(addToLastWill);
  dropFromLastWill(pids[1]);
  console.log(pids.join(' '));
  setInterval(() => {}, 1000);`;

it('whoever is in a last will ends with the process that wrote it, though that was killed', async () => {
  const testator = new TrackedProcess({ command: process.execPath, args: ['--input-type=module', '-e', TESTATOR] });
  const pids = (await testator.line((line) => line !== '', { timeoutMs: PATIENCE_MS })).split(' ').map(Number);
  const [first, dropped, last] = pids as [number, number, number];
  expect(pids.map(lives)).toEqual([true, true, true]);
  await testator.stop('SIGKILL', PATIENCE_MS);
  await until(() => !(lives(first) || lives(last)) || undefined, { what: 'both end', timeoutMs: PATIENCE_MS });
  expect(lives(dropped)).toBe(true);
  process.kill(dropped, 'SIGKILL');
});

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One whose end nobody has taken note of yet can be signalled all the same.
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'));
}
