import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import type { WriteFile } from '../../../src/server/storage/disk.js';
import type { SnapshotName } from '../../../src/server/storage/file-names.js';
import { looksWhole, readSnapshot } from '../../../src/server/storage/snapshot-reader.js';
import { writeSnapshot } from '../../../src/server/storage/snapshot-writer.js';
import type { SnapshotCompression } from '../../../src/server/storage/storage-options.js';
import type { SnapshotNode } from '../../../src/server/tree/tree-loader.js';
import { TreeLoader } from '../../../src/server/tree/tree-loader.js';
import { toZxid } from '../../../src/protocol/zxid.js';
import { putFile, readDirectory, readFile } from './support/disk-files.js';
import { steps } from './support/arbitrary-steps.js';
import { treeText } from './support/tree-text.js';
import { Workload, type Step } from './support/workload.js';

const DIRECTORY = '/version-2';
const TREE_OPTIONS = { extendedTypesEnabled: true, digestEnabled: true };

interface Options {
  readonly compression?: SnapshotCompression;
  readonly digestEnabled?: boolean;
  readonly serializeLastProcessedZxid?: boolean;
}

async function emptyDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  await disk.makeDirectories(DIRECTORY);
  return disk;
}

function write(disk: MemoryDisk, workload: Workload, options: Options = {}): Promise<string> {
  const content = { tree: workload.tree.beginSnapshot(), sessions: [...workload.sessions] };
  const defaults = { compression: '', digestEnabled: true, serializeLastProcessedZxid: true } as const;
  return writeSnapshot(content, { disk, directory: DIRECTORY, ...defaults, ...options }).finally(() =>
    content.tree.close(),
  );
}

function named(path: string, workload: Workload, compression: SnapshotCompression = ''): SnapshotName {
  return { name: path.slice(DIRECTORY.length + 1), zxid: workload.tree.lastProcessedZxid, compression };
}

function after(list: readonly Step[]): Workload {
  const workload = new Workload();
  workload.run(list);
  return workload;
}

const BUSY: Step[] = Array.from({ length: 60 }, (_, index) => [index % 3 === 0 ? 0 : 8, index * 7, index, index]);

const PLAIN_NODE: Omit<SnapshotNode, 'path' | 'data'> = {
  ...{ aclKey: -1, czxid: toZxid(1), mzxid: toZxid(1), pzxid: toZxid(1), ctime: 0, mtime: 0 },
  ...{ version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n },
};

/** Notes how much is written at once, and between two syncs. */
class MeasuringDisk extends MemoryDisk {
  longestWrite = 0;
  mostUnsynced = 0;
  private unsynced = 0;

  override async create(path: string): Promise<WriteFile> {
    const file = await super.create(path);
    const write = async (bytes: Buffer, position: number): Promise<void> => {
      this.longestWrite = Math.max(this.longestWrite, bytes.length);
      this.unsynced += bytes.length;
      this.mostUnsynced = Math.max(this.mostUnsynced, this.unsynced);
      await file.write(bytes, position);
    };
    const datasync = async (): Promise<void> => {
      this.unsynced = 0;
      await file.datasync();
    };
    return Object.assign(Object.create(file) as WriteFile, { write, datasync });
  }
}

describe('a snapshot of many nodes', () => {
  it('is encoded, written and synced in small pieces, so that nobody has to wait for it', async () => {
    const disk = new MeasuringDisk();
    await disk.makeDirectories(DIRECTORY);
    const nodeBytes = 1000;
    const loader = new TreeLoader(TREE_OPTIONS);
    for (let i = 0; i < 12_000; i++) loader.addNode({ ...PLAIN_NODE, path: `/n${i}`, data: Buffer.alloc(nodeBytes) });
    const tree = loader.finish(toZxid(5)).beginSnapshot();
    const options = { compression: '', digestEnabled: true, serializeLastProcessedZxid: true } as const;
    const path = await writeSnapshot({ tree, sessions: [] }, { ...options, disk, directory: DIRECTORY });
    tree.close();
    expect((await readFile(disk, path)).length).toBeGreaterThan(12_000 * nodeBytes);
    expect(disk.longestWrite).toBeLessThanOrEqual(256 * 1024 + 2 * nodeBytes);
    expect(disk.mostUnsynced).toBeLessThan(1.5 * 1024 * 1024);
  });
});

describe('snapshots', () => {
  it.each(['', 'gz', 'snappy'] as const)(
    'come back as they were written, with compression "%s"',
    async (compression) => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const disk = await emptyDisk();
          const workload = after(list);
          const snapshot = named(await write(disk, workload, { compression }), workload, compression);
          expect(await looksWhole(disk, DIRECTORY, snapshot)).toBe(true);
          const loaded = await readSnapshot({ disk, directory: DIRECTORY, snapshot }, TREE_OPTIONS);
          expect(treeText(loaded)).toEqual(treeText(workload));
          expect(loaded.tree.lastProcessedZxid).toBe(workload.tree.lastProcessedZxid);
          expect(loaded.digest).toMatchObject({ zxid: snapshot.zxid, digest: workload.tree.digest });
        }),
        { numRuns: 40 },
      );
    },
  );

  it('show one moment, whatever is applied while they are written', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, async (before, meanwhile) => {
        const disk = await emptyDisk();
        const workload = after(before);
        const expected = treeText(workload);
        const zxid = workload.tree.lastProcessedZxid;
        const writing = write(disk, workload);
        for (const step of meanwhile) {
          workload.step(step);
          await Promise.resolve();
        }
        const name = (await writing).slice(DIRECTORY.length + 1);
        const snapshot = { name, zxid, compression: '' } as const;
        expect(treeText(await readSnapshot({ disk, directory: DIRECTORY, snapshot }, TREE_OPTIONS))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('take the bytes of a fresh server', async () => {
    const disk = await emptyDisk();
    const path = await write(disk, new Workload(), { serializeLastProcessedZxid: false });
    expect(path).toBe('/version-2/snapshot.0');
    expect((await readFile(disk, path)).length).toBe(457);
  });

  it('end in the tail that the settings ask for', async () => {
    const tail = async (options: Options): Promise<number> => {
      const disk = await emptyDisk();
      const workload = after(BUSY);
      const path = await write(disk, workload, options);
      const loaded = await readSnapshot({ disk, directory: DIRECTORY, snapshot: named(path, workload) }, TREE_OPTIONS);
      expect(loaded.digest === null).toBe(options.digestEnabled === false);
      return (await readFile(disk, path)).length;
    };
    const bare = await tail({ digestEnabled: false });
    expect(await tail({ digestEnabled: false, serializeLastProcessedZxid: false })).toBe(bare);
    expect(await tail({ serializeLastProcessedZxid: false })).toBe(bare + 33);
    expect(await tail({})).toBe(bare + 54);
  });

  it('are larger than one chunk without harm, and compress', async () => {
    const workload = after(Array.from({ length: 400 }, (_, index) => [8, index, 3000, index]));
    const disk = await emptyDisk();
    const plain = await readFile(disk, await write(disk, workload));
    expect(plain.length).toBeGreaterThan(1_000_000);
    const gz = await write(disk, workload, { compression: 'gz' });
    expect(gunzipSync(await readFile(disk, gz)).equals(plain)).toBe(true);
    const snappy = await write(disk, workload, { compression: 'snappy' });
    expect((await readFile(disk, snappy)).length).toBeLessThan(plain.length / 5);
    for (const [path, compression] of [
      [gz, 'gz'],
      [snappy, 'snappy'],
    ] as const) {
      const snapshot = named(path, workload, compression);
      expect(treeText(await readSnapshot({ disk, directory: DIRECTORY, snapshot }, TREE_OPTIONS))).toEqual(
        treeText(workload),
      );
    }
  });

  it('are refused when cut or changed anywhere', async () => {
    const disk = await emptyDisk();
    const workload = after(BUSY);
    const path = await write(disk, workload);
    const content = await readFile(disk, path);
    const damaged = async (bytes: Buffer): Promise<unknown> => {
      await putFile(disk, path, bytes);
      return readSnapshot({ disk, directory: DIRECTORY, snapshot: named(path, workload) }, TREE_OPTIONS).catch(
        (error: unknown) => error,
      );
    };
    const expected = treeText(workload);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const copy = Buffer.from(content);
        copy[at]! ^= flip;
        const outcome = await damaged(copy);
        expect(outcome).toMatchObject({ code: 'CORRUPT', file: path });
      }),
    );
    // Cut behind a seal, a file is whole in an older form: then it must hold the same.
    const seals = [content.length - 21, content.length - 54];
    for (let size = content.length - 1; size >= content.length - 80; size -= 1) {
      const outcome = await damaged(content.subarray(0, size));
      if (!seals.includes(size)) expect(outcome).toMatchObject({ code: 'CORRUPT' });
      else expect(treeText(outcome as Awaited<ReturnType<typeof readSnapshot>>)).toEqual(expected);
    }
    expect(await damaged(Buffer.concat([content, Buffer.from([0])]))).toMatchObject({ code: 'CORRUPT' });
  });

  it.each(['gz', 'snappy'] as const)('are refused when damaged inside %s', async (compression) => {
    const disk = await emptyDisk();
    const workload = after(BUSY);
    const path = await write(disk, workload, { compression });
    const content = await readFile(disk, path);
    const expected = treeText(workload);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const copy = Buffer.from(content);
        copy[at]! ^= flip;
        await putFile(disk, path, copy);
        const snapshot = named(path, workload, compression);
        // Some bits of either container mean nothing; then the content must be untouched.
        const reading = readSnapshot({ disk, directory: DIRECTORY, snapshot }, TREE_OPTIONS);
        await reading.then(
          (loaded) => expect(treeText(loaded)).toEqual(expected),
          (error: unknown) => expect(error).toMatchObject({ code: 'CORRUPT' }),
        );
      }),
    );
  });

  it('do not make a reader allocate what they merely claim', async () => {
    const disk = await emptyDisk();
    const content = Buffer.alloc(100);
    Buffer.from('ZKSN').copy(content);
    content.writeInt32BE(2, 4);
    content.writeInt32BE(0, 16);
    content.writeInt32BE(0x7fffffff, 20);
    content.writeInt32BE(0x7fffffff, 32);
    const snapshot: SnapshotName = { name: 'snapshot.0', zxid: 0 as SnapshotName['zxid'], compression: '' };
    for (const claimed of [0, 1]) {
      content.writeInt32BE(claimed * 0x7fffffff, 16);
      await putFile(disk, `${DIRECTORY}/snapshot.0`, content);
      const before = process.memoryUsage().arrayBuffers;
      await expect(readSnapshot({ disk, directory: DIRECTORY, snapshot }, TREE_OPTIONS)).rejects.toThrow(
        /in the middle of a record/,
      );
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
    }
  });

  it('leave nothing behind when they cannot be written', async () => {
    for (const failing of ['write', 'sync', 'rename', 'create'] as const) {
      const disk = await emptyDisk();
      disk.intercept((action) => {
        if (action === failing) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      });
      await expect(write(disk, after(BUSY))).rejects.toThrow('ENOSPC');
      disk.intercept(null);
      expect([...(await readDirectory(disk, DIRECTORY)).keys()]).toEqual([]);
    }
  });
});
