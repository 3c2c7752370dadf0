import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.js';
import { decodeProperties } from './properties.js';

/** Reads the text of a file that belongs to a configuration (`myid`, a dynamic file); null when there is none. */
export type ReadText = (path: string) => string | null;

/** From the file system. Throws a ConfigError when the file is there and cannot be read. */
export function readTextFile(path: string): string | null {
  try {
    return decodeProperties(readFileSync(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw new ConfigError({ key: null, value: null, nearest: null, source: path, line: null, allowed: why(error) });
  }
}

function why(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EISDIR') return 'this is a directory, not a configuration file';
  if (code === 'EACCES') return 'this file may not be read';
  return `this file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
