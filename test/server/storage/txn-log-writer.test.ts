import { describe, expect, it } from 'vitest';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { Txn, TxnHeader } from '../../../src/protocol/txn.js';
import { toZxid, type Zxid } from '../../../src/protocol/zxid.js';
import type { WriteFile } from '../../../src/server/storage/disk.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { STORAGE_DEFAULTS, type StorageSettings } from '../../../src/server/storage/storage-options.js';
import { readLog } from '../../../src/server/storage/txn-log-reader.js';
import { TxnLogWriter } from '../../../src/server/storage/txn-log-writer.js';
import { readFile } from './support/disk-files.js';
import { HeldWritesDisk } from './support/held-writes-disk.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';

const DIRECTORY = '/version-2';

async function rig(
  settings: Partial<StorageSettings> = {},
  random = 0,
  disk: MemoryDisk = new MemoryDisk({ tracksSync: true }),
) {
  await disk.makeDirectories(DIRECTORY);
  const clock = new ManualClock();
  const events = new EventLog();
  const started: string[] = [];
  const writer = new TxnLogWriter({
    disk,
    clock,
    random: constantRandom(random),
    events,
    settings: { ...STORAGE_DEFAULTS, ...settings },
    directory: DIRECTORY,
    lastZxid: toZxid(0),
    fileStarted: (name) => started.push(name),
  });
  return { disk, clock, events, writer, started };
}

function header(zxid: number, type: number): TxnHeader {
  return { clientId: 1n, cxid: 7, zxid: toZxid(zxid), timeMs: 5, type };
}

function append(writer: TxnLogWriter, zxid: number, path = `/n${zxid}`): void {
  const txn: Txn = { type: OpCode.setData, path, data: Buffer.alloc(100, zxid), version: 1 };
  writer.append(header(zxid, txn.type), txn, null);
}

async function zxidsIn(disk: MemoryDisk, name: string): Promise<{ zxids: Zxid[]; kind: string }> {
  const zxids: Zxid[] = [];
  const source = { disk, path: `${DIRECTORY}/${name}`, isLast: true, entryBytesMax: STORAGE_DEFAULTS.entryBytesMax };
  const { kind } = await readLog(source, (entry) => {
    zxids.push(toZxid(Number(entry.readBigInt64BE(12))));
    return true;
  });
  return { zxids, kind };
}

describe('TxnLogWriter', () => {
  it('groups what comes together under one sync, and what comes meanwhile under the next', async () => {
    const { writer, events, disk } = await rig();
    for (const zxid of [1, 2, 3]) append(writer, zxid);
    const first = writer.commit();
    append(writer, 4);
    const second = writer.commit();
    append(writer, 5);
    expect(writer.commit()).toBe(second);
    expect(await first).toBe(3);
    expect(await second).toBe(5);
    expect(events.syncs).toEqual([3, 2]);
    expect((await zxidsIn(disk, 'log.1')).zxids).toEqual([1, 2, 3, 4, 5]);
  });

  it('says what is durable when nothing was added', async () => {
    const { writer } = await rig();
    expect(await writer.commit()).toBe(0);
    append(writer, 1);
    const running = writer.commit();
    expect(await writer.commit()).toBe(1);
    expect(await running).toBe(1);
  });

  it('keeps acknowledged records through a crash at once after the commit', async () => {
    const { writer, disk } = await rig();
    append(writer, 1);
    await writer.commit();
    append(writer, 2);
    disk.crash();
    expect(await zxidsIn(disk, 'log.1')).toEqual({ zxids: [1], kind: 'padding' });
  });

  it('starts a new file after a number of transactions between half and all of snapCount', async () => {
    for (const [random, perFile] of [
      [0, 5],
      [0.999, 8],
    ] as const) {
      const { writer, disk, started } = await rig({ snapCount: 8 }, random);
      for (let zxid = 1; zxid <= 20; zxid += 1) append(writer, zxid);
      await writer.commit();
      const first = Array.from({ length: perFile }, (_, index) => index + 1);
      expect((await zxidsIn(disk, 'log.1')).zxids).toEqual(first);
      expect(started[1]).toBe(`log.${(perFile + 1).toString(16)}`);
      expect(writer.takeSnapshotWanted()).toBe(true);
      expect(writer.takeSnapshotWanted()).toBe(false);
    }
  });

  it('starts a new file by bytes logged, and by the size of one file without asking for a snapshot', async () => {
    const bySize = await rig({ snapSizeLimitBytes: 1000 });
    for (let zxid = 1; zxid <= 10; zxid += 1) append(bySize.writer, zxid);
    await bySize.writer.commit();
    expect(bySize.started.length).toBeGreaterThan(1);
    expect(bySize.writer.takeSnapshotWanted()).toBe(true);

    const byFile = await rig({ txnLogSizeLimitBytes: 100 });
    for (let zxid = 1; zxid <= 3; zxid += 1) {
      append(byFile.writer, zxid);
      await byFile.writer.commit();
    }
    expect(byFile.started).toEqual(['log.1', 'log.2', 'log.3']);
    expect(byFile.writer.takeSnapshotWanted()).toBe(false);
  });

  it('writes zeros ahead, and nothing else, behind the last record', async () => {
    const { writer, disk } = await rig({ preAllocBytes: 4096 });
    const path = `${DIRECTORY}/log.1`;
    for (let zxid = 1; zxid <= 100; zxid += 1) {
      append(writer, zxid);
      await writer.commit();
      const { offset } = await readLog({ disk, path, isLast: true, entryBytesMax: 1000 }, () => true);
      const behind = (await readFile(disk, path)).subarray(offset);
      expect(behind.length).toBeGreaterThan(0);
      expect(behind.every((byte) => byte === 0)).toBe(true);
    }
    await writer.close();
    expect(await zxidsIn(disk, 'log.1')).toMatchObject({ kind: 'clean', zxids: { length: 100 } });
  });

  it('lets a record that reaches where zeros are being written wait for them', async () => {
    const disk = new HeldWritesDisk();
    const { writer } = await rig({ preAllocBytes: 1000 }, 0, disk);
    for (const zxid of [1, 2, 3, 4]) append(writer, zxid);
    await writer.commit();
    expect(disk.heldCount).toBe(1);
    for (const zxid of [5, 6, 7, 8]) append(writer, zxid);
    let isDurable = false;
    const commit = writer.commit().then(() => {
      isDurable = true;
    });
    await new Promise(setImmediate);
    expect(isDurable).toBe(false);
    disk.release();
    await commit;
    expect((await zxidsIn(disk, 'log.1')).zxids).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const closed = writer.close();
    disk.release();
    await closed;
  });

  it.each(['write', 'sync', 'create'] as const)('fails for good when a %s fails', async (failing) => {
    const { writer, disk, events } = await rig();
    if (failing !== 'create') {
      append(writer, 1);
      await writer.commit();
    }
    disk.intercept((action) => {
      if (action === failing) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    const next = failing === 'create' ? 1 : 2;
    append(writer, next);
    const failed = writer.commit();
    append(writer, next + 1);
    const behind = writer.commit();
    await expect(failed).rejects.toMatchObject({ name: 'StorageError', code: 'LOG_FAILED' });
    await expect(behind).rejects.toMatchObject({ code: 'LOG_FAILED' });
    disk.intercept(null);
    expect(() => append(writer, 4)).toThrow(/no space left/);
    await expect(writer.commit()).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(writer.durableZxid).toBe(failing === 'create' ? 0 : 1);
    expect(events.failures).toHaveLength(1);
    await writer.close();
  });

  it('reports a slow sync', async () => {
    const { writer, disk, clock, events } = await rig({ syncWarningThresholdMs: 1000 });
    disk.intercept((action) => {
      if (action === 'sync') clock.nowMs += 700;
    });
    append(writer, 1);
    await writer.commit();
    expect(events.slowSyncs).toEqual([]);
    disk.intercept((action) => {
      if (action === 'sync') clock.nowMs += 1200;
    });
    append(writer, 2);
    await writer.commit();
    expect(events.slowSyncs).toEqual([1200]);
  });

  it('does not sync with forceSync off, but at the end', async () => {
    const { writer, disk } = await rig({ forceSync: false });
    let syncs = 0;
    disk.intercept((action, path) => {
      if (action === 'sync' && path !== DIRECTORY) syncs += 1;
    });
    append(writer, 1);
    expect(await writer.commit()).toBe(1);
    expect(syncs).toBe(0);
    await writer.close();
    disk.crash();
    expect((await zxidsIn(disk, 'log.1')).zxids).toEqual([1]);
  });

  it('refuses a zxid that is not the next, and an entry that other servers could not read', async () => {
    const { writer, disk } = await rig({ entryBytesMax: 500 });
    append(writer, 1);
    expect(() => append(writer, 1)).toThrow(/0x1 cannot follow 0x1/);
    expect(() => append(writer, 3)).toThrow(/0x3 cannot follow 0x1/);
    expect(() => append(writer, 2 ** 32 + 2)).toThrow(/0x100000002 cannot follow 0x1/);
    expect(() => append(writer, 2, `/${'x'.repeat(600)}`)).toThrow(RangeError);
    append(writer, 2);
    append(writer, 2 ** 32 + 1);
    await writer.commit();
    expect((await zxidsIn(disk, 'log.1')).zxids).toEqual([1, 2, 2 ** 32 + 1]);
  });

  it('drops a record that cannot be encoded, and goes on', async () => {
    const { writer, disk } = await rig();
    append(writer, 1);
    const txn: Txn = { type: OpCode.setData, path: '/n', data: null, version: 2 ** 40 };
    expect(() => writer.append(header(2, txn.type), txn, null)).toThrow(RangeError);
    append(writer, 2);
    await writer.commit();
    expect(await zxidsIn(disk, 'log.1')).toMatchObject({ zxids: [1, 2] });
  });

  it('leaves out the list of a closing session that would be too long', async () => {
    const { writer, disk } = await rig({ entryBytesMax: 500 });
    const paths = Array.from({ length: 100 }, (_, index) => `/ephemeral-${index}`);
    writer.append(header(1, OpCode.closeSession), { type: OpCode.closeSession, paths }, null);
    await writer.commit();
    expect((await readFile(disk, `${DIRECTORY}/log.1`)).readInt32BE(24)).toBe(32);
  });

  it('takes nothing after it was closed', async () => {
    const { writer, disk } = await rig();
    append(writer, 1);
    await writer.close();
    expect((await zxidsIn(disk, 'log.1')).zxids).toEqual([1]);
    expect(() => append(writer, 2)).toThrow(/closed/);
  });
});

describe('a commit at once', () => {
  /** A disk whose files can be synced without waiting. */
  class PromptDisk extends MemoryDisk {
    syncsAtOnce = 0;
    /** Called during such a sync. */
    during: () => void = () => undefined;

    override async create(path: string): Promise<WriteFile> {
      const file = await super.create(path);
      const datasyncSync = (): void => {
        this.syncsAtOnce++;
        this.during();
      };
      return Object.assign(file, { datasyncSync });
    }
  }

  async function promptRig() {
    const disk = new PromptDisk({ tracksSync: true });
    const parts = await rig({}, 0, disk);
    append(parts.writer, 1);
    expect(parts.writer.commitAtOnce()).toBeNull();
    await parts.writer.commit();
    append(parts.writer, 2);
    return { ...parts, disk };
  }

  it('writes and syncs before it returns, but never begins a file', async () => {
    const { writer, disk, events } = await promptRig();
    append(writer, 3);
    expect(writer.commitAtOnce()).toBe(3);
    expect([writer.durableZxid, disk.syncsAtOnce, events.syncs]).toEqual([3, 1, [1, 2]]);
    append(writer, 4);
    expect(await writer.commit()).toBe(4);
    await writer.close();
    expect((await zxidsIn(disk, 'log.1')).zxids).toEqual([1, 2, 3, 4]);
  });

  it('is left to the others while a group is on its way', async () => {
    const { writer, disk } = await promptRig();
    const group = writer.commit();
    append(writer, 3);
    expect(writer.commitAtOnce()).toBeNull();
    expect(await group).toBe(2);
    expect(await writer.commit()).toBe(3);
    expect(disk.syncsAtOnce).toBe(0);
  });

  it('that fails is the end of the log', async () => {
    const { writer, disk, events } = await promptRig();
    disk.during = () => {
      throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    expect(writer.commitAtOnce()).toBeNull();
    expect(writer.whyUnusable).toMatchObject({ code: 'LOG_FAILED' });
    expect(events.failures).toHaveLength(1);
    await expect(writer.commit()).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(writer.durableZxid).toBe(1);
  });
});
