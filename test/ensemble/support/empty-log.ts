import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const HEADER_LENGTH = 16;
const LOG = /^log\.([0-9a-f]+)$/;

/**
 * Deletes a last log that was killed before its header was written. Apache's 3.8.0 does not start with such a one, and newer
 * versions delete it themselves: no acknowledged record can be in it (spec, storage format 2.5).
 */
export function removeEmptyLog(dataDir: string): void {
  const folder = join(dataDir, 'version-2');
  if (!existsSync(folder)) return;
  const zxids = readdirSync(folder).flatMap((name) => LOG.exec(name)?.[1] ?? []);
  const last = zxids.sort((a, b) => Number(BigInt(`0x${a}`) - BigInt(`0x${b}`))).at(-1);
  if (last === undefined) return;
  const file = join(folder, `log.${last}`);
  if (statSync(file).size < HEADER_LENGTH) rmSync(file);
}
