import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../../src/runtime/index.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { NodeDisk } from '../../../src/server/storage/node-disk.js';
import type { Disk } from '../../../src/server/storage/disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import type { StorageSettings } from '../../../src/server/storage/storage-options.js';
import { EventLog } from './support/storage-rig.js';
import { treeText } from './support/tree-text.js';
import { Workload, type Step } from './support/workload.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'storage-'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

function open(dataDir: string, settings: Partial<StorageSettings> = {}): Promise<ServerStorage> {
  const { clock, random } = nodeRuntime();
  const options = { disk: new NodeDisk(), clock, random, events: new EventLog(), extendedTypesEnabled: true };
  return ServerStorage.open({ ...options, dataDir, settings });
}

/** Two disks must not differ in what the code above them can see. */
async function behave(disk: Disk, root: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const path = `${root}/a/b/file`;
  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    seen.push(await action().catch((error: unknown) => (error as { code?: string }).code));
  };
  await attempt(() => disk.list(`${root}/a`));
  await attempt(() => disk.create(path));
  await attempt(() => disk.openForRead(path));
  await disk.makeDirectories(`${root}/a/b`);
  await disk.makeDirectories(`${root}/a/b`);
  await attempt(() => disk.stat(path));
  await attempt(async () => (await disk.stat(`${root}/a`))?.isDirectory);
  const file = await disk.create(path);
  await file.write(Buffer.from('hello'), 2);
  file.writeSync(Buffer.from('J'), 2);
  await file.truncate(9);
  await file.datasync();
  const target = Buffer.alloc(20, '.');
  await attempt(() => file.read(target, 0));
  seen.push(target.toString('latin1'));
  await attempt(() => file.read(target, 8));
  await attempt(() => file.read(target, 50));
  await attempt(() => file.sizeBytes());
  await file.close();
  const again = await disk.openForUpdate(path);
  again.writeSync(Buffer.from('!'), 9);
  await again.close();
  await attempt(() => disk.stat(path));
  await disk.rename(path, `${root}/a/b/other`);
  await attempt(() => disk.list(`${root}/a/b`));
  await attempt(() => disk.unlink(path));
  await (await disk.create(`${root}/a/b/other`)).close();
  await attempt(() => disk.stat(`${root}/a/b/other`));
  await disk.syncDirectory(`${root}/a/b`);
  await disk.unlink(`${root}/a/b/other`);
  await attempt(() => disk.list(`${root}/a/b`));
  await attempt(() => disk.list(`${root}/a`));
  return seen;
}

describe('NodeDisk', () => {
  it('shows the same as the disk in memory', async () => {
    expect(await behave(new NodeDisk(), home)).toEqual(await behave(new MemoryDisk(), '/root'));
  });

  it('holds a server through restarts', async () => {
    const workload = new Workload();
    for (let round = 0; round < 3; round += 1) {
      const storage = await open(home, { snapCount: 20 });
      expect(treeText(storage.recovered)).toEqual(treeText(workload));
      for (let index = 0; index < 100; index += 1) {
        const step: Step = [index === 0 ? 0 : 8, index, index * 40, index];
        const { header, txn, digest } = workload.step(step);
        storage.append(header, txn, digest);
        if (index % 7 === 0) await storage.commit();
        storage.snapshotIfDue(workload.tree, () => workload.sessions);
      }
      await storage.close();
    }
    expect((await readdir(join(home, 'version-2'))).filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  it('writes no more zeros ahead than a small server needs', async () => {
    const storage = await open(home);
    const workload = new Workload();
    const { header, txn, digest } = workload.step([0, 0, 0, 0]);
    storage.append(header, txn, digest);
    await storage.commit();
    const { size, blocks } = await stat(join(home, 'version-2', 'log.1'));
    expect(size).toBe(16 + 64 * 1024);
    expect(blocks * 512, 'really written, not sparse').toBeGreaterThanOrEqual(64 * 1024);
    await storage.close();
    expect((await stat(join(home, 'version-2', 'log.1'))).size).toBeLessThan(200);
  });
});

describe('the lock of a data directory', () => {
  const lockFile = (): string => join(home, 'version-2', 'pinfold.lock');

  /** A lock file as another process would have made it. */
  async function plant(holder: { pid: number; started: string | null }): Promise<void> {
    const { dev, ino } = await stat(lockFile(), { bigint: true });
    await writeFile(lockFile(), JSON.stringify({ ...holder, inode: `${dev}:${ino}` }), { flag: 'r+' });
  }

  async function withLockFile(holder: { pid: number; started: string | null }): Promise<void> {
    await (await open(home)).close();
    await writeFile(lockFile(), ' '.repeat(200));
    await plant(holder);
  }

  it('is held until close', async () => {
    const storage = await open(home);
    await expect(open(home)).rejects.toMatchObject({ code: 'LOCKED' });
    await storage.close();
    await (await open(home)).close();
  });

  it('is held by a live process, and falls with it', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    try {
      // Where the system does not tell when a process started, its number alone must do.
      const text = await readFile(`/proc/${child.pid}/stat`, 'latin1').catch(() => null);
      const started = text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
      await withLockFile({ pid: child.pid!, started });
      await expect(open(home)).rejects.toMatchObject({ code: 'LOCKED' });
    } finally {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await (await open(home)).close();
  });

  it('is not held by a later process of the same number', async () => {
    await withLockFile({ pid: process.pid, started: '1' });
    await (await open(home)).close();
  });

  it('is not held in a copy of a live directory', async () => {
    const storage = await open(home);
    const copy = join(home, 'copy');
    await cp(join(home, 'version-2'), join(copy, 'version-2'), { recursive: true });
    await (await open(copy)).close();
    await storage.close();
  });

  it('is not held by a file that says nothing', async () => {
    await (await open(home)).close();
    await writeFile(lockFile(), '');
    await (await open(home)).close();
  });

  it('goes to one of many that ask at once', async () => {
    await withLockFile({ pid: 2 ** 22 + 5, started: '1' });
    const disk = new NodeDisk();
    const locks = await Promise.all(Array.from({ length: 20 }, () => disk.lock(lockFile())));
    expect(locks.filter((lock) => lock !== null)).toHaveLength(1);
    expect(await readdir(join(home, 'version-2'))).toEqual(['pinfold-state', 'pinfold.lock', 'snapshot.0']);
    for (const lock of locks) await lock?.release();
  });
});
