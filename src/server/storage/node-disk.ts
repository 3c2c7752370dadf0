import { fdatasync, fdatasyncSync, writeSync } from 'node:fs';
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Disk, DiskEntry, DiskLock, ReadFile, WriteFile } from './disk.js';
import { takePidLock } from './pid-lock.js';

/** The real file system. */
export class NodeDisk implements Disk {
  async openForRead(path: string): Promise<ReadFile> {
    return new NodeFile(path, await open(path, 'r'));
  }

  async create(path: string, like?: string): Promise<WriteFile> {
    if (like === undefined) return new NodeFile(path, await open(path, 'w+'));
    const { mode } = await stat(like);
    const handle = await open(path, 'w+', 0o600);
    await handle.chmod(mode & 0o777);
    return new NodeFile(path, handle);
  }

  async openForUpdate(path: string): Promise<WriteFile> {
    return new NodeFile(path, await open(path, 'r+'));
  }

  async stat(path: string): Promise<DiskEntry | null> {
    try {
      const found = await stat(path);
      return { sizeBytes: found.size, isDirectory: found.isDirectory() };
    } catch (error) {
      if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return null;
      throw error;
    }
  }

  list(directory: string): Promise<string[]> {
    return readdir(directory);
  }

  async makeDirectories(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
  }

  rename(from: string, to: string): Promise<void> {
    return rename(from, to);
  }

  unlink(path: string): Promise<void> {
    return unlink(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    // Windows has no handle of a directory to sync, and makes names durable by itself.
    if (process.platform === 'win32') return;
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  lock(path: string): Promise<DiskLock | null> {
    return takePidLock(path);
  }
}

class NodeFile implements WriteFile {
  readonly path: string;
  private readonly handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  async sizeBytes(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  async read(target: Buffer, position: number): Promise<number> {
    let total = 0;
    while (total < target.length) {
      const { bytesRead } = await this.handle.read(target, total, target.length - total, position + total);
      if (bytesRead === 0) break;
      total += bytesRead;
    }
    return total;
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  writeSync(bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.handle.fd, bytes, done, bytes.length - done, position + done);
    }
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.handle.truncate(sizeBytes);
  }

  /** Not by the handle, whose way there and back through promises costs several us of every commit. */
  datasync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.handle.fd, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  datasyncSync(): void {
    fdatasyncSync(this.handle.fd);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
