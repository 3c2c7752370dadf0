import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { until } from '../../interop/support/until.js';
import { builtCommand } from '../../support/built.js';
import { TrackedProcess } from '../../support/tracked-process.js';

/**
 * Where commands that start processes of their own have their temporary files: one that is killed cannot tidy up after
 * itself. They end with the test that started them, the directory with the file.
 */
export class OwnHome {
  readonly directory: string;
  readonly started: TrackedProcess[] = [];

  constructor(name: string) {
    this.directory = mkdtempSync(join(tmpdir(), `${name}-test-`));
    afterAll(() => rmSync(this.directory, { recursive: true, force: true }));
    afterEach(async () => {
      await Promise.all(this.started.splice(0).map((each) => each.stop('SIGKILL', 0)));
    });
  }

  run(...args: string[]): TrackedProcess {
    const program = new TrackedProcess({
      command: process.execPath,
      args: [builtCommand(), ...args],
      env: { TMPDIR: this.directory },
    });
    this.started.push(program);
    return program;
  }
}

export async function allGone(pids: readonly number[], timeoutMs: number): Promise<void> {
  const look = (): true | undefined => (pids.some(isAlive) ? undefined : true);
  await until(look, { what: `the end of processes ${pids.join(', ')}`, timeoutMs });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
