import { writeSync } from 'node:fs';

const STDOUT = 1;
/** How long a reader that is behind is given before it is tried again. */
const PAUSE_MS = 10;
const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of it before it returns, which `process.stdout` does not promise for pipes: what an ending process says last
 * must come out.
 */
export function writeToStdout(text: string): void {
  writeAll(text, (bytes) => writeSync(STDOUT, bytes));
}

/** `writeSome` returns how many bytes it took. A reader that is gone is no reason to take the service down. */
export function writeAll(text: string, writeSome: (bytes: Uint8Array) => number): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSome(rest));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
      Atomics.wait(nobody, 0, 0, PAUSE_MS);
    }
  }
}
