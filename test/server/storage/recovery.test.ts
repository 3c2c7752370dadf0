import { describe, expect, it } from 'vitest';
import { adler32 } from '../../../src/protocol/checksum.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { toZxid } from '../../../src/protocol/zxid.js';
import { logsAmong } from '../../../src/server/storage/file-names.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import type { StorageSettings } from '../../../src/server/storage/storage-options.js';
import { NO_TRIGGERS } from '../../../src/server/tree/triggers.js';
import { putFile, readDirectory, readFile } from './support/disk-files.js';
import { rawLog } from './support/raw-log.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { treeText } from './support/tree-text.js';
import { Workload, type Step } from './support/workload.js';

const DIRECTORY = '/data/version-2';

function open(
  disk: MemoryDisk,
  settings: Partial<StorageSettings> = {},
  events = new EventLog(),
): Promise<ServerStorage> {
  const rig = { disk, clock: new ManualClock(), random: constantRandom(0), events };
  return ServerStorage.open({
    ...rig,
    dataDir: '/data',
    extendedTypesEnabled: true,
    settings: { preAllocBytes: 0, ...settings },
  });
}

const STEPS: Step[] = Array.from({ length: 30 }, (_, index) => [index === 0 ? 0 : 8, index, 10, 5 * index]);

/** A stopped server after thirty transactions, with the settings it ran with. */
async function stopped(settings: Partial<StorageSettings> = {}): Promise<{ disk: MemoryDisk; workload: Workload }> {
  const disk = new MemoryDisk();
  const storage = await open(disk, settings);
  const workload = new Workload();
  for (const { header, txn, digest } of workload.run(STEPS)) {
    storage.append(header, txn, digest);
    await storage.commit();
  }
  await storage.close();
  return { disk, workload };
}

async function names(disk: MemoryDisk): Promise<string[]> {
  return [...(await readDirectory(disk, DIRECTORY)).keys()];
}

/** Oldest first. */
async function logs(disk: MemoryDisk): Promise<string[]> {
  return logsAmong(await disk.list(DIRECTORY)).map(({ name }) => name);
}

async function change(disk: MemoryDisk, name: string, edit: (content: Buffer) => Buffer): Promise<void> {
  await putFile(disk, `${DIRECTORY}/${name}`, edit(await readFile(disk, `${DIRECTORY}/${name}`)));
}

describe('recovery', () => {
  it('starts an empty database with a snapshot, so that its logs can be used later', async () => {
    const disk = new MemoryDisk();
    const storage = await open(disk);
    expect(storage.recovered).toMatchObject({ lastZxid: 0, replayedTxns: 0, snapshot: null });
    await storage.close();
    expect(await names(disk)).toEqual(['pinfold-state', 'snapshot.0']);
    expect((await open(disk)).recovered).toMatchObject({ lastZxid: 0, snapshot: 'snapshot.0' });
  });

  it('replays logs and snapshots to what there was', async () => {
    for (const settings of [{}, { snapCount: 4 }, { snapCount: 2, snapshotCompression: 'gz' as const }]) {
      const { disk, workload } = await stopped(settings);
      const storage = await open(disk);
      expect(treeText(storage.recovered)).toEqual(treeText(workload));
      expect(storage.recovered.lastZxid).toBe(30);
      await storage.close();
    }
  });

  it('notices a last log that was deleted', async () => {
    const { disk } = await stopped({ snapCount: 8 });
    const last = (await logs(disk)).at(-1)!;
    await disk.unlink(`${DIRECTORY}/${last}`);
    await expect(open(disk)).rejects.toMatchObject({
      code: 'INCOMPLETE',
      message: expect.stringMatching(/had acknowledged 0x1e/) as string,
    });
    await disk.unlink(`${DIRECTORY}/pinfold-state`);
    const storage = await open(disk);
    expect(storage.recovered.lastZxid).toBeLessThan(30);
  });

  it('notices a last log that lost its tail after a clean stop', async () => {
    const { disk } = await stopped();
    await change(disk, 'log.1', (content) => content.subarray(0, content.length - 5));
    await expect(open(disk)).rejects.toMatchObject({ code: 'INCOMPLETE' });
  });

  it('goes on from where another server left off, and does without a marker', async () => {
    const { disk } = await stopped();
    const { disk: other, workload } = await stopped({ snapCount: 4 });
    await disk.unlink(`${DIRECTORY}/pinfold-state`);
    const storage = await open(disk);
    expect(treeText(storage.recovered)).toEqual(treeText(workload));
    await putFile(other, `${DIRECTORY}/pinfold-state`, Buffer.from('not what it was'));
    expect((await open(other)).recovered.lastZxid).toBe(30);
  });

  it('refuses a missing log in the middle, naming what is missing', async () => {
    const { disk } = await stopped({ snapCount: 8 });
    const [, second, third] = await logs(disk);
    await disk.unlink(`${DIRECTORY}/${second}`);
    await expect(open(disk)).rejects.toMatchObject({
      code: 'INCOMPLETE',
      file: `${DIRECTORY}/${third}`,
      offset: 16,
      message: expect.stringMatching(
        /0x5 is the last before it, so at least one transaction between them is missing/,
      ) as string,
    });
  });

  it('refuses when the log behind the snapshot does not reach back to it', async () => {
    const { disk } = await stopped({ snapCount: 8 });
    await disk.unlink(`${DIRECTORY}/log.1`);
    await expect(open(disk)).rejects.toThrow(/the snapshot ends with 0x0/);
  });

  it('is not misled by an empty log whose name lies ahead', async () => {
    const { disk } = await stopped();
    await putFile(disk, `${DIRECTORY}/log.20`, (await readFile(disk, `${DIRECTORY}/log.1`)).subarray(0, 16));
    const workload = new Workload();
    workload.run(STEPS);
    const first = await open(disk);
    for (const { header, txn, digest } of workload.run(STEPS)) first.append(header, txn, digest);
    await first.commit();
    await first.purge();
    await first.close();
    const second = await open(disk);
    expect(second.recovered.lastZxid).toBe(60);
    await second.snapshotNow(second.recovered.tree, () => second.recovered.sessions);
    await second.close();
    expect((await open(disk)).recovered).toMatchObject({ lastZxid: 60, replayedTxns: 0 });
  });

  it('falls back to an older snapshot when the newest has more than the logs', async () => {
    const { disk, workload } = await stopped();
    const storage = await open(disk);
    await storage.snapshotNow(storage.recovered.tree, () => storage.recovered.sessions);
    await storage.close();
    const before = await readFile(disk, `${DIRECTORY}/log.1`);
    // The file says 5, its digest section 0x1e: as if it had been written while transactions went on.
    await disk.rename(`${DIRECTORY}/snapshot.1e`, `${DIRECTORY}/snapshot.5`);
    expect(treeText((await open(disk)).recovered), 'the logs have the rest').toEqual(treeText(workload));

    const short = new MemoryDisk();
    for (const name of ['snapshot.0', 'snapshot.5'])
      await putFile(short, `${DIRECTORY}/${name}`, await readFile(disk, `${DIRECTORY}/${name}`));
    await putFile(short, `${DIRECTORY}/log.1`, before.subarray(0, before.length - 400));
    const events = new EventLog();
    const recovered = (await open(short, {}, events)).recovered;
    expect(recovered.snapshot).toBe('snapshot.0');
    expect(events.warnings.join()).toMatch(/snapshot.5: it has effects of transactions up to 0x1e, but the logs end/);
    const partial = new Workload();
    partial.run(STEPS.slice(0, recovered.lastZxid));
    expect(treeText(recovered)).toEqual(treeText(partial));
  });

  it('reports digests that do not fit, and goes on', async () => {
    const disk = new MemoryDisk();
    const storage = await open(disk);
    const workload = new Workload();
    for (const { header, txn, digest } of workload.run(STEPS)) {
      storage.append(header, txn, header.zxid === 7 ? { ...digest, digest: 1n } : digest);
    }
    await storage.commit();
    await storage.close();
    const events = new EventLog();
    const { recovered } = await open(disk, {}, events);
    expect(recovered.digestMismatches).toBe(1);
    expect(events.warnings).toEqual([expect.stringMatching(/transaction 0x7 records tree digest 0x1, but it is 0x/)]);
    const unchecked = await open(new MemoryDisk(), { digestEnabled: false });
    expect(unchecked.recovered.digestMismatches).toBe(0);
  });

  it('removes ephemerals of sessions that are nowhere, and says so', async () => {
    const disk = new MemoryDisk();
    const storage = await open(disk);
    const header = { clientId: 0x77n, cxid: 1, zxid: toZxid(1), timeMs: 1, type: OpCode.create };
    const txn = {
      type: OpCode.create,
      path: '/lost',
      data: null,
      acl: null,
      ephemeral: true,
      parentCVersion: 1,
    } as const;
    storage.append(header, txn, null);
    await storage.commit();
    await storage.close();
    const events = new EventLog();
    const { recovered } = await open(disk, {}, events);
    expect(recovered.tree.find('/lost')).toBeUndefined();
    expect(events.warnings).toEqual([
      expect.stringMatching(/1 ephemeral nodes of sessions that do not exist .* \/lost/),
    ]);
  });

  it('accepts the first transaction of a later epoch, but no other jump', async () => {
    const grown = async (zxids: readonly number[]): Promise<ServerStorage> => {
      const disk = new MemoryDisk();
      await (await open(disk)).close();
      await putFile(disk, `${DIRECTORY}/log.${zxids[0]!.toString(16)}`, rawLog(zxids));
      return open(disk);
    };
    const epoch = 2 ** 32;
    expect((await grown([1, 2, epoch + 1, epoch + 2, 5 * epoch + 1])).recovered.lastZxid).toBe(5 * epoch + 1);
    await expect(grown([1, 2, epoch])).rejects.toMatchObject({ code: 'INCOMPLETE' });
    await expect(grown([1, epoch + 2])).rejects.toMatchObject({ code: 'INCOMPLETE' });
    await expect(grown([2])).rejects.toMatchObject({ code: 'INCOMPLETE' });
  });

  it('skips what it has already read, but not what belongs elsewhere', async () => {
    const { disk, workload } = await stopped({ snapCount: 8 });
    const [firstName, secondName] = await logs(disk);
    const first = await readFile(disk, `${DIRECTORY}/${firstName}`);
    const second = await readFile(disk, `${DIRECTORY}/${secondName}`);
    await putFile(
      disk,
      `${DIRECTORY}/${secondName}`,
      Buffer.concat([second.subarray(0, 16), first.subarray(16), second.subarray(16)]),
    );
    expect(treeText((await open(disk)).recovered)).toEqual(treeText(workload));
  });

  it('refuses a type of transaction that it does not know', async () => {
    const { disk } = await stopped();
    await change(disk, 'log.1', (content) => {
      content.writeInt32BE(99, 16 + 12 + 28);
      const length = content.readInt32BE(24);
      content.writeUInt32BE(adler32(content.subarray(28, 28 + length)), 20);
      return content;
    });
    await expect(open(disk)).rejects.toMatchObject({
      code: 'CORRUPT',
      offset: 16,
      message: expect.stringMatching(/type 99/) as string,
    });
  });

  it('keeps the captured moment apart from what is applied later', async () => {
    const { disk, workload } = await stopped();
    const storage = await open(disk);
    const expected = treeText(workload);
    await storage.snapshotNow(storage.recovered.tree, () => storage.recovered.sessions);
    const writing = storage.snapshotNow(storage.recovered.tree, () => storage.recovered.sessions);
    for (const { header, txn } of workload.run(STEPS)) storage.recovered.tree.apply(header, txn, NO_TRIGGERS);
    expect(await writing).toBe(`${DIRECTORY}/snapshot.1e`);
    await storage.close();
    expect(treeText((await open(disk)).recovered)).toEqual(expected);
  });
});
