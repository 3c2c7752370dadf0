import type { Disk, DiskEntry, DiskLock, ReadFile, WriteFile } from '../../../../src/server/storage/disk.js';

/** What goes wrong: asked before each write and each sync of a file. */
export interface Faults {
  /** How many of these bytes can still be written before the device fails with `code`; null: all, and no failure. */
  write?: (path: string, bytes: number) => { readonly written: number; readonly code: string } | null;
  /** The code that a sync fails with; null: it succeeds. */
  sync?: (path: string) => string | null;
}

/** A disk whose writes can end in the middle, and whose syncs can fail. */
export class FaultyDisk implements Disk {
  faults: Faults = {};
  private readonly disk: Disk;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  openForRead(path: string): Promise<ReadFile> {
    return this.disk.openForRead(path);
  }

  async create(path: string): Promise<WriteFile> {
    return new FaultyFile(await this.disk.create(path), this);
  }

  async openForUpdate(path: string): Promise<WriteFile> {
    return new FaultyFile(await this.disk.openForUpdate(path), this);
  }

  stat(path: string): Promise<DiskEntry | null> {
    return this.disk.stat(path);
  }

  list(directory: string): Promise<string[]> {
    return this.disk.list(directory);
  }

  makeDirectories(directory: string): Promise<void> {
    return this.disk.makeDirectories(directory);
  }

  rename(from: string, to: string): Promise<void> {
    return this.disk.rename(from, to);
  }

  unlink(path: string): Promise<void> {
    return this.disk.unlink(path);
  }

  syncDirectory(directory: string): Promise<void> {
    return this.disk.syncDirectory(directory);
  }

  lock(path: string): Promise<DiskLock | null> {
    return this.disk.lock(path);
  }
}

class FaultyFile implements WriteFile {
  readonly path: string;
  private readonly file: WriteFile;
  private readonly disk: FaultyDisk;

  constructor(file: WriteFile, disk: FaultyDisk) {
    this.path = file.path;
    this.file = file;
    this.disk = disk;
  }

  sizeBytes(): Promise<number> {
    return this.file.sizeBytes();
  }

  read(target: Buffer, position: number): Promise<number> {
    return this.file.read(target, position);
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    this.writeSync(bytes, position);
  }

  writeSync(bytes: Buffer, position: number): void {
    const fault = this.disk.faults.write?.(this.path, bytes.length) ?? null;
    this.file.writeSync(fault === null ? bytes : bytes.subarray(0, fault.written), position);
    if (fault !== null) throw systemError(fault.code, 'write', this.path);
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.file.truncate(sizeBytes);
  }

  async datasync(): Promise<void> {
    const code = this.disk.faults.sync?.(this.path) ?? null;
    // As after a real failed fsync: the pages count as clean, and what they held may never reach the device.
    if (code !== null) throw systemError(code, 'fdatasync', this.path);
    await this.file.datasync();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, path, syscall: call });
}
