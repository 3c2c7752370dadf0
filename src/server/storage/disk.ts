/**
 * The file system as the storage code needs it. Two implementations: `NodeDisk` on real files, and `MemoryDisk`, which
 * keeps what was synced apart from what was merely written and can crash.
 *
 * What a crash leaves behind, in both:
 * - the bytes of a file survive for certain only once `datasync` of that file has resolved;
 * - the *name* of a created, renamed or removed file survives for certain only once `syncDirectory` of its directory
 *   has resolved.
 *
 * Paths are strings joined with `/`. Every rejection carries Node's `code` (`ENOENT`, `ENOSPC` ...).
 */
export interface Disk {
  /** Opens an existing file for reading. */
  openForRead(path: string): Promise<ReadFile>;
  /**
   * Creates an empty file for reading and writing; one of that name that exists is emptied.
   * @param like a file whose permissions it gets, where the disk knows of any
   */
  create(path: string, like?: string): Promise<WriteFile>;
  /** Opens an existing file for reading and writing, keeping its content. */
  openForUpdate(path: string): Promise<WriteFile>;
  /** What lies at a path; null when nothing does. */
  stat(path: string): Promise<DiskEntry | null>;
  /** Names of the entries of a directory, in no particular order. */
  list(directory: string): Promise<string[]>;
  /** Creates a directory and its missing parents; fine when it exists. */
  makeDirectories(directory: string): Promise<void>;
  /** Renames within one directory, replacing an existing file, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; rejects with `ENOENT` when there is none. */
  unlink(path: string): Promise<void>;
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(directory: string): Promise<void>;
  /**
   * Takes an exclusive lock that ends with this process at the latest.
   * Resolves to null when another live process, or another holder in this one, has it.
   */
  lock(path: string): Promise<DiskLock | null>;
}

/** What lies at a path; `sizeBytes` means nothing for a directory. */
export interface DiskEntry {
  readonly sizeBytes: number;
  readonly isDirectory: boolean;
}

/** An open file. Call nothing of it once it is closed. */
export interface ReadFile {
  readonly path: string;
  /** Its length at this moment, bytes. */
  sizeBytes(): Promise<number>;
  /** Reads up to `target.length` bytes from `position`; resolves to how many there were (fewer only at the end). */
  read(target: Buffer, position: number): Promise<number>;
  /** Gives the handle back; syncs nothing. */
  close(): Promise<void>;
}

/** An open file that can be changed. What was written is safe from a crash after `datasync`, and not before. */
export interface WriteFile extends ReadFile {
  /** Writes all of `bytes` at `position`. `bytes` must stay unchanged until it resolves. */
  write(bytes: Buffer, position: number): Promise<void>;
  /**
   * The same at once, into the operating system's cache. For the log: handing a few KiB over inline costs less than
   * the way through the thread pool, and only the sync that follows has to wait for the device.
   */
  writeSync(bytes: Buffer, position: number): void;
  /** Cuts the file, or extends it with zeros. */
  truncate(sizeBytes: number): Promise<void>;
  /** Resolves when everything written before the call is on the device (`fdatasync`: contents and size). */
  datasync(): Promise<void>;
  /** The same, holding up the whole process meanwhile: for those who know that nobody else waits. Not on every disk. */
  datasyncSync?(): void;
}

/** An exclusive lock that is held. */
export interface DiskLock {
  /** Lets others have it. */
  release(): Promise<void>;
}
