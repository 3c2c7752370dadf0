import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const BLOCK_BYTES = 512;

export interface TarEntry {
  /** Without a leading `./` or a trailing slash. */
  readonly name: string;
  readonly isDirectory: boolean;
  readonly content: Buffer;
}

/** The files and directories of a gzipped ustar archive. */
export function readTarGz(path: string): TarEntry[] {
  const tar = gunzipSync(readFileSync(path));
  const entries: TarEntry[] = [];
  for (let at = 0; at + BLOCK_BYTES <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + BLOCK_BYTES);
    const bytes = Number.parseInt(text(header, 124, 12), 8);
    const type = text(header, 156, 1);
    if (type !== '' && type !== '0' && type !== '5') throw new Error(`${path}: entry of type ${type} at byte ${at}`);
    const from = at + BLOCK_BYTES;
    entries.push({
      name: text(header, 0, 100).replace(/^\.\//, '').replace(/\/$/, ''),
      isDirectory: type === '5',
      content: tar.subarray(from, from + bytes),
    });
    at = from + Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return entries;
}

function text(header: Buffer, from: number, bytes: number): string {
  const field = header.subarray(from, from + bytes);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? bytes : end).trim();
}
