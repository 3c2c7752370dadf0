import { describe, expect, it } from 'vitest';
import { MemoryDisk, type DiskAction } from '../../../src/server/storage/memory-disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import type { StorageOptions, StorageSettings } from '../../../src/server/storage/storage-options.js';
import { putFile, readDirectory } from './support/disk-files.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { Workload, type Step } from './support/workload.js';

interface Place {
  readonly disk: MemoryDisk;
  readonly events?: EventLog;
  readonly dataLogDir?: string;
  readonly settings?: Partial<StorageSettings>;
}

function open({ disk, events = new EventLog(), ...rest }: Place): Promise<ServerStorage> {
  const options: StorageOptions = {
    disk,
    events,
    clock: new ManualClock(),
    random: constantRandom(0),
    dataDir: '/data',
    extendedTypesEnabled: true,
    ...rest,
    settings: { preAllocBytes: 0, ...rest.settings },
  };
  return ServerStorage.open(options);
}

const step = (index: number): Step => [index === 0 ? 0 : 8, index, 10, 5 * index];

/** Writes so many transactions, one commit each. */
async function write(storage: ServerStorage, workload: Workload, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const { header, txn, digest } = workload.step(step(index));
    storage.append(header, txn, digest);
    await storage.commit();
    storage.snapshotIfDue(workload.tree, () => workload.sessions);
  }
}

async function names(disk: MemoryDisk, directory = '/data/version-2'): Promise<string[]> {
  return [...(await readDirectory(disk, directory)).keys()];
}

describe('ServerStorage', () => {
  it('lets nobody else into its directories until it is closed', async () => {
    const disk = new MemoryDisk();
    const storage = await open({ disk });
    await expect(open({ disk })).rejects.toMatchObject({ code: 'LOCKED' });
    await expect(open({ disk, dataLogDir: '/elsewhere' })).rejects.toMatchObject({ code: 'LOCKED' });
    await storage.close();
    await (await open({ disk })).close();
  });

  it.each(['killed process', 'failed sync'])('makes what a %s left in memory safe before it is served', async (end) => {
    let isEnding = false;
    let syncBegins: () => void = () => undefined;
    const inSync = new Promise<void>((resolve) => {
      syncBegins = resolve;
    });
    const busy = async (action: DiskAction): Promise<void> => {
      if (action !== 'sync' || !isEnding) return;
      syncBegins();
      if (end === 'failed sync') throw new Error('the device failed');
      await new Promise(() => undefined);
    };
    const disk = new MemoryDisk({ tracksSync: true, device: { busy, busyAtOnce: () => undefined } });
    const storage = await open({ disk });
    const workload = new Workload();
    await write(storage, workload, 2);
    isEnding = true;
    const written = write(storage, workload, 1);
    if (end === 'failed sync') await expect(written).rejects.toMatchObject({ code: 'LOG_FAILED' });
    await inSync;
    isEnding = false;
    disk.abandon();

    const restarted = await open({ disk });
    expect(restarted.recovered.lastZxid).toBe(3);
    disk.crash();
    const again = await open({ disk });
    expect(again.recovered.lastZxid).toBe(3);
    await again.close();
  });

  it('gives the lock back when it refuses', async () => {
    const disk = new MemoryDisk();
    await putFile(disk, '/data/version-2/snapshot.0', Buffer.from('damaged'));
    await expect(open({ disk })).rejects.toMatchObject({ code: 'CORRUPT' });
    await expect(open({ disk })).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('refuses directories that are missing, files, or mixed up', async () => {
    const refusal = (place: Place): Promise<unknown> => open(place).catch((error: unknown) => error);
    const disk = new MemoryDisk();
    expect(await refusal({ disk, settings: { dataDirAutocreate: false } })).toMatchObject({
      code: 'DATA_DIR',
      message: expect.stringMatching(/^\/data\/version-2: the directory does not exist/) as string,
    });
    await putFile(disk, '/data/version-2', Buffer.alloc(1));
    expect(await refusal({ disk })).toMatchObject({
      code: 'DATA_DIR',
      message: expect.stringMatching(/a file, not/) as string,
    });

    const swapped = new MemoryDisk();
    await putFile(swapped, '/data/version-2/log.1', Buffer.alloc(16));
    expect(await refusal({ disk: swapped, dataLogDir: '/log' })).toMatchObject({
      file: '/data/version-2',
      code: 'DATA_DIR',
    });
    await swapped.unlink('/data/version-2/log.1');
    await putFile(swapped, '/log/version-2/snapshot.0', Buffer.alloc(16));
    expect(await refusal({ disk: swapped, dataLogDir: '/log' })).toMatchObject({
      file: '/log/version-2',
      code: 'DATA_DIR',
    });
  });

  it.each([
    ['ENOSPC', 'DISK_FAILED'],
    ['EACCES', 'DATA_DIR'],
  ])('says so when the file system thwarts a start with %s', async (code, expected) => {
    const disk = new MemoryDisk();
    disk.intercept((action, path) => {
      if (action === 'create' && path.includes('snapshot'))
        throw Object.assign(new Error(`${code}: no`), { code, path });
    });
    await expect(open({ disk })).rejects.toMatchObject({
      name: 'StorageError',
      code: expected,
      file: '/data/version-2/unfinished-snapshot.0.tmp',
    });
    disk.intercept(null);
    await (await open({ disk })).close();
  });

  it('keeps logs and snapshots in their own directories, and tells their sizes', async () => {
    const disk = new MemoryDisk();
    const storage = await open({ disk, dataLogDir: '/logs/' });
    await write(storage, new Workload(), 5);
    expect(await names(disk)).toEqual(['snapshot.0']);
    expect(await names(disk, '/logs/version-2')).toEqual(['log.1', 'pinfold-state']);
    const sizes = await storage.sizes();
    expect(sizes.dataDirBytes).toBe(478);
    expect(sizes.dataLogDirBytes).toBeGreaterThan(400);
    await storage.close();
  });

  it('writes a snapshot when the log has rolled, and the next only when that is done', async () => {
    const disk = new MemoryDisk();
    const events = new EventLog();
    const storage = await open({ disk, events, settings: { snapCount: 10 } });
    await write(storage, new Workload(), 40);
    await storage.close();
    expect(events.snapshots.length).toBeGreaterThan(3);
    expect((await names(disk)).filter((name) => name.startsWith('log.')).length).toBe(7);
    expect(events.warnings).toEqual([]);
  });

  it('goes on when a snapshot cannot be written', async () => {
    const disk = new MemoryDisk();
    const events = new EventLog();
    const storage = await open({ disk, events, settings: { snapCount: 10 } });
    disk.intercept((action, path) => {
      if (action === 'write' && path.includes('snapshot')) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    });
    await write(storage, new Workload(), 20);
    await storage.close();
    expect(events.warnings[0]).toMatch(/a snapshot could not be written: ENOSPC/);
    disk.intercept(null);
    expect((await open({ disk })).recovered.lastZxid).toBe(20);
  });

  it('waits with a snapshot asked for until the one being written is done', async () => {
    const disk = new MemoryDisk();
    const storage = await open({ disk });
    const workload = new Workload();
    await write(storage, workload, 5);
    const first = storage.snapshotNow(workload.tree, () => workload.sessions);
    const second = storage.snapshotNow(workload.tree, () => workload.sessions);
    await write(storage, workload, 1);
    expect(await first).toBe('/data/version-2/snapshot.5');
    expect(await second).toBe('/data/version-2/snapshot.6');
    await storage.close();
  });

  it('removes what an interrupted snapshot left, and nothing else', async () => {
    const disk = new MemoryDisk();
    const others = ['notes.txt', 'currentEpoch.tmp', 'snapshot.zz', 'log.xyz'];
    for (const name of [...others, 'unfinished-snapshot.5.tmp', 'snapshot.7.tmp']) {
      await putFile(disk, `/data/version-2/${name}`, Buffer.from('x'));
    }
    await (await open({ disk })).close();
    expect(await names(disk)).toEqual([...others, 'pinfold-state', 'snapshot.0'].sort());
  });

  it('purges down to the newest snapshots and what they need', async () => {
    const disk = new MemoryDisk();
    const storage = await open({ disk, settings: { snapCount: 10, snapRetainCount: 1 } });
    const workload = new Workload();
    for (let round = 0; round < 8; round += 1) {
      await write(storage, workload, 7);
      await storage.snapshotNow(workload.tree, () => workload.sessions);
    }
    await putFile(disk, '/data/version-2/snapshot.fff', Buffer.from('damaged, and so not one of those kept'));
    const deleted = await storage.purge();
    expect(deleted.length).toBeGreaterThan(5);
    expect(await storage.purge()).toEqual([]);
    await storage.close();

    const left = await names(disk);
    const kept = left.filter((name) => name.startsWith('snapshot.') && name !== 'snapshot.fff');
    expect(kept).toHaveLength(3);
    for (const snapshot of kept) {
      const alone = new MemoryDisk();
      for (const [name, content] of await readDirectory(disk, '/data/version-2')) {
        if (!kept.includes(name) || name === snapshot) await putFile(alone, `/data/version-2/${name}`, content);
      }
      expect((await open({ disk: alone })).recovered, `from ${snapshot}`).toMatchObject({ snapshot, lastZxid: 56 });
    }
  });

  it('lets a purge end before it gives the directories back', async () => {
    const disk = new MemoryDisk();
    const storage = await open({ disk, settings: { snapCount: 4 } });
    await write(storage, new Workload(), 60);
    const purging = storage.purge();
    expect(storage.purge()).toBe(purging);
    await storage.close();
    const left = await names(disk);
    expect((await purging).length).toBeGreaterThan(5);
    await (await open({ disk })).close();
    for (const path of await purging) expect(left.map((name) => `/data/version-2/${name}`)).not.toContain(path);
  });

  it('purges nothing while there is no good snapshot', async () => {
    const disk = new MemoryDisk();
    const storage = await open({ disk, settings: { snapCount: 4 } });
    await write(storage, new Workload(), 20);
    for (const name of (await names(disk)).filter((each) => each.startsWith('snapshot.'))) {
      await putFile(disk, `/data/version-2/${name}`, Buffer.from('cut'));
    }
    expect(await storage.purge()).toEqual([]);
    await storage.close();
  });
});
