import { StorageError } from './storage-error.js';

/** What no space, no rights and broken devices have in common: the system's own error code. */
export interface DiskError extends Error {
  readonly code: string;
  readonly path?: string;
}

/** What is wrong with the directory rather than with the device. */
const ACCESS_CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** System errors have codes like EIO; those of zlib begin with Z_, Node's own with ERR_. */
export function isDiskError(error: unknown): error is DiskError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code);
}

/** A start that the file system thwarted, as an operator should read it; any other error as it is. */
export function asStorageError(error: unknown, directory: string): unknown {
  if (!isDiskError(error)) return error;
  const file = error.path ?? directory;
  if (ACCESS_CODES.has(error.code)) {
    const advice = 'The server must be able to read and write there';
    return new StorageError({ code: 'DATA_DIR', file, what: error.message, advice, cause: error });
  }
  const advice = 'Free or repair the device and start again';
  return new StorageError({ code: 'DISK_FAILED', file, what: error.message, advice, cause: error });
}

/** Whatever went wrong in the middle of a change: what the directory holds is not known any more. */
export function inDoubt(cause: unknown, directory: string): StorageError {
  const known = asStorageError(cause, directory);
  if (known instanceof StorageError) return known;
  const what = `the directory is in doubt: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new StorageError({ code: 'DISK_FAILED', file: directory, what, cause });
}
