import { fileURLToPath } from 'node:url';

/** A file of test/interop/sessions. */
export function sessionFile(name: string): string {
  return fileURLToPath(new URL(`../sessions/${name}`, import.meta.url));
}
