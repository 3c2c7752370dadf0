import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for what several test files of one run share; it goes when the run ends. */
    scratchFolder: string;
  }
}

let folder = '';

/** For vitest, before the run. */
export function setup(project: TestProject): void {
  folder = mkdtempSync(join(tmpdir(), 'interop-scratch-'));
  project.provide('scratchFolder', folder);
}

/** For vitest, after the run. */
export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
