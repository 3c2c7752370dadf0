/** Why storage refuses to go on: stable, for programs. */
export type StorageErrorCode =
  /** The directories are missing, mixed up, or not usable. */
  | 'DATA_DIR'
  /** Another server uses the directory. */
  | 'LOCKED'
  /** Bytes that cannot have been written by a healthy server. */
  | 'CORRUPT'
  /** Transactions or snapshots that must be there are not. */
  | 'INCOMPLETE'
  /** A write or sync of the log failed; nothing is acknowledged after it. */
  | 'LOG_FAILED'
  /** The device refused something else that had to be done. */
  | 'DISK_FAILED'
  /** The log cannot be cut back to where the leader wants it: the data must come from the leader as a whole. Nothing was changed. */
  | 'CANNOT_TRUNCATE'
  /** What the leader sends is no snapshot. */
  | 'BAD_STREAM'
  /** The storage was closed. */
  | 'CLOSED';

export interface StorageErrorDetails {
  readonly code: StorageErrorCode;
  /** What is wrong, in one sentence. */
  readonly what: string;
  /** The file or directory concerned. */
  readonly file?: string;
  /** Bytes from the start of the file. */
  readonly offset?: number;
  /** What an operator can do about it. */
  readonly advice?: string;
  readonly cause?: unknown;
}

/** Storage refuses to go on: which file, where in it, what is wrong, and what to do. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  readonly file: string | null;
  readonly offset: number | null;
  readonly advice: string | null;

  /** @internal The server makes them. */
  constructor(details: StorageErrorDetails) {
    super(messageOf(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'StorageError';
    this.code = details.code;
    this.file = details.file ?? null;
    this.offset = details.offset ?? null;
    this.advice = details.advice ?? null;
  }
}

function messageOf({ file, offset, what, advice }: StorageErrorDetails): string {
  const place = file === undefined ? '' : offset === undefined ? `${file}: ` : `${file} at byte ${offset}: `;
  return `${place}${what}${advice === undefined ? '' : `. ${advice}`}`;
}
