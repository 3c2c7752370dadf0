import { describe, expect, it } from 'vitest';
import { makeZxid, toZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import { TreeLoader } from '../../../src/server/tree/tree-loader.js';
import { putFile, readDirectory, readFile } from './support/disk-files.js';
import { FaultyDisk } from './support/faulty-disk.js';
import { DIRECTORY, Member, entryOf, someSteps } from './support/member.js';
import { rawLog } from './support/raw-log.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { treeText } from './support/tree-text.js';
import { Workload, type LoggedTxn } from './support/workload.js';

async function names(disk: MemoryDisk, beginning: string): Promise<string[]> {
  return (await disk.list(DIRECTORY)).filter((name) => name.startsWith(beginning)).sort();
}

/** What every history of these tests begins with, and its first `count` transactions of epoch 1 as they leave a tree. */
function prefix(count: number): Workload {
  const workload = new Workload();
  workload.beginEpoch(1);
  workload.run(someSteps(count));
  return workload;
}

/** Runs in epoch 1 with as many transactions, in files of five. */
async function running(
  disk: MemoryDisk,
  count: number,
  settings = {},
): Promise<{ member: Member; workload: Workload; list: LoggedTxn[] }> {
  const member = await Member.start(disk, { snapCount: 10, ...settings });
  await member.epoch(1);
  const workload = new Workload();
  workload.beginEpoch(1);
  const list = workload.run(someSteps(count));
  for (const each of list) await member.write([each]);
  return { member, workload, list };
}

describe('a member of an ensemble', () => {
  it('writes no snapshot of what it has found in its log, since that need not be committed', async () => {
    const disk = new MemoryDisk();
    const { member } = await running(disk, 12);
    await member.storage.close();
    const before = await names(disk, 'snapshot.');
    const again = await Member.start(disk);
    expect(again.storage.recovered).toMatchObject({ lastZxid: makeZxid(1, 12), replayedTxns: 12 });
    await again.storage.close();
    expect(await names(disk, 'snapshot.')).toEqual(before);
    expect(before).toEqual(['snapshot.0']);
  });

  it('writes an overdue snapshot with the first chance', async () => {
    const disk = new MemoryDisk();
    await (await running(disk, 12)).member.storage.close();
    const again = await Member.start(disk, { snapCount: 10 });
    const { tree, sessions } = again.storage.recovered;
    again.storage.snapshotIfDue(tree, () => sessions);
    await again.storage.close();
    expect(await names(disk, 'snapshot.')).toEqual(['snapshot.0', 'snapshot.10000000c']);
  });

  it('that has logs of ZooKeeper 3.4 and no snapshot gets one of the empty tree', async () => {
    const disk = new MemoryDisk();
    await putFile(disk, `${DIRECTORY}/log.100000001`, rawLog([makeZxid(1, 1), makeZxid(1, 2)]));
    const member = await Member.start(disk, { snapshotTrustEmpty: true });
    expect(member.storage.lastLoggedZxid).toBe(makeZxid(1, 2));
    await member.storage.close();
    expect(await names(disk, 'snapshot.')).toEqual(['snapshot.0']);
    expect((await Member.start(disk)).storage.recovered.replayedTxns).toBe(2);
  });

  it('leaves ephemerals without a session to a leader that knows all it has to be committed', async () => {
    const disk = new MemoryDisk();
    const member = await Member.start(disk);
    await member.epoch(1);
    const workload = new Workload();
    workload.beginEpoch(1);
    const [session, , ephemeral] = workload.run([
      [0, 0, 0, 0],
      [8, 0, 5, 0],
      [8, 0, 5, 3],
    ]);
    expect(ephemeral!.txn).toMatchObject({ ephemeral: true });
    workload.sessions.delete(session!.header.clientId);
    await member.storage.install(workload.tree, workload.sessions);
    const { tree } = await member.storage.reload();
    expect(tree.ephemeralCount).toBe(1);
  });

  it('finds the last entries of its log, as PROPOSALs carry them', async () => {
    const disk = new MemoryDisk();
    const { member, list } = await running(disk, 30);
    expect(member.storage.recovered.tail).toEqual([]);
    const expected = list.map((each) => ({ zxid: each.header.zxid, bytes: entryOf(each) }));
    expect((await member.storage.reload()).tail).toEqual(expected);
    await member.storage.close();
    const again = await Member.start(disk, { commitLogCount: 7 });
    expect(again.storage.recovered.tail).toEqual(expected.slice(-7));
  });

  it('ZOOKEEPER-2845: counts whatever its log holds, applied or not, after a reload and after a crash', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 6);
    await member.snapshot();
    const tail = workload.run(someSteps(3, 2));
    await member.log(tail.slice(0, 2));
    expect(member.storage.lastLoggedZxid).toBe(makeZxid(1, 8));
    member.storage.append(tail[2]!.header, tail[2]!.txn, tail[2]!.digest);
    const reloaded = await member.storage.reload();
    expect(reloaded.lastZxid).toBe(makeZxid(1, 9));
    expect(treeText(reloaded)).toEqual(treeText(workload));
    expect(member.storage.recovered).toBe(reloaded);
    disk.crash();
    const again = await Member.start(disk);
    expect(again.storage.lastLoggedZxid).toBe(makeZxid(1, 9));
    expect(treeText(again.storage.recovered)).toEqual(treeText(workload));
  });

  it('refuses a gap, within an epoch and between two (ZOOKEEPER-4925)', async () => {
    const { member, workload } = await running(new MemoryDisk(), 4);
    await member.epoch(3);
    const [, second] = workload.run(someSteps(2));
    expect(() => member.storage.append(second!.header, second!.txn, null)).toThrow(
      /0x100000006 cannot follow 0x100000004/,
    );
    workload.beginEpoch(3);
    const [first, next] = workload.run(someSteps(2));
    expect(() => member.storage.append(next!.header, next!.txn, null)).toThrow(/0x300000002 cannot follow/);
    await member.log([first!, next!]);
    expect(member.storage.durableZxid).toBe(makeZxid(3, 2));
  });

  it('ZOOKEEPER-4882: does not go on with what its disk has not, and has no hole in the log afterwards', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 4);
    const more = workload.run(someSteps(3));
    // Committed by the others, and so applied before its own disk has it.
    member.apply(more.slice(0, 2));
    disk.intercept((action) => {
      if (action === 'sync') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    });
    await expect(member.log(more.slice(0, 2))).rejects.toMatchObject({ code: 'LOG_FAILED' });
    disk.intercept(null);
    for (const call of [() => member.storage.reload(), () => member.snapshot(), () => member.storage.enterEpoch(1)]) {
      await expect(call()).rejects.toMatchObject({ code: 'LOG_FAILED' });
    }
    expect(() => member.storage.append(more[2]!.header, more[2]!.txn, null)).toThrow();
    await member.storage.close();
    disk.crash();
    const again = await Member.start(disk);
    expect(again.storage.lastLoggedZxid).toBe(makeZxid(1, 4));
    expect(treeText(again.storage.recovered)).toEqual(treeText(prefix(4)));
  });

  it('writes a snapshot only when its log has everything that is in it', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 4);
    const [committed, unknown] = workload.run(someSteps(2));
    member.storage.append(committed!.header, committed!.txn, null);
    member.apply([committed!]);
    await member.snapshot();
    expect(member.storage.durableZxid).toBe(makeZxid(1, 5));
    member.apply([unknown!]);
    await expect(member.snapshot()).rejects.toThrow('0x100000006, which the tree has, was never logged');
  });
});

describe('truncate', () => {
  it('ZOOKEEPER-1489: forgets what follows for good, and the log goes on in a new file', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 17);
    const truncated = await member.storage.truncate(makeZxid(1, 7));
    expect(truncated.lastZxid).toBe(makeZxid(1, 7));
    expect(treeText(truncated)).toEqual(treeText(prefix(7)));
    expect(member.storage).toMatchObject({ lastLoggedZxid: makeZxid(1, 7), durableZxid: makeZxid(1, 7) });
    const logs = await names(disk, 'log.');
    await member.epoch(2);
    const other = prefix(7);
    other.beginEpoch(2);
    await member.write(other.run(someSteps(4, 3)));
    expect(await names(disk, 'log.')).toEqual([...logs, 'log.200000001']);
    disk.crash();
    const again = await Member.start(disk);
    expect(again.storage.lastLoggedZxid).toBe(makeZxid(2, 4));
    expect(treeText(again.storage.recovered)).toEqual(treeText(other));
  });

  it('leaves room for other transactions of the same epoch', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 12);
    await member.storage.truncate(makeZxid(1, 5));
    const other = prefix(5);
    await member.write(other.run(someSteps(9, 4)));
    disk.crash();
    expect(treeText((await Member.start(disk)).storage.recovered)).toEqual(treeText(other));
  });

  it('leads to every transaction there is', async () => {
    for (let to = 1; to <= 17; to += 1) {
      const disk = new MemoryDisk({ tracksSync: true });
      const { member } = await running(disk, 17);
      await member.snapshot();
      expect(treeText(await member.storage.truncate(makeZxid(1, to)))).toEqual(treeText(prefix(to)));
      disk.crash();
      const again = await Member.start(disk);
      expect(again.storage.lastLoggedZxid).toBe(makeZxid(1, to));
      expect(treeText(again.storage.recovered)).toEqual(treeText(prefix(to)));
    }
  });

  it('leads back to the empty tree', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 12);
    expect(treeText(await member.storage.truncate(toZxid(0)))).toEqual(treeText(new Workload()));
    disk.crash();
    expect((await Member.start(disk)).storage.lastLoggedZxid).toBe(0);
  });

  it('ZOOKEEPER-1549: takes back snapshots that hold what is truncated', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 9);
    await member.snapshot();
    await member.storage.truncate(makeZxid(1, 8));
    expect(await names(disk, 'snapshot.')).not.toContain('snapshot.100000009');
    disk.crash();
    const again = await Member.start(disk);
    expect(treeText(again.storage.recovered)).toEqual(treeText(prefix(8)));
  });

  it('ZOOKEEPER-1549: takes back snapshots from before that may hold effects of what is truncated', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 9);
    // As Apache ZooKeeper leaves it: named by where writing began, with the digest of where it ended.
    await member.snapshot();
    const late = await readFile(disk, `${DIRECTORY}/snapshot.100000009`);
    await disk.unlink(`${DIRECTORY}/snapshot.100000009`);
    await putFile(disk, `${DIRECTORY}/snapshot.100000006`, late);
    // The same without a digest: nobody knows where it ended.
    const undigested = late.subarray(0, late.length - 54);
    await putFile(disk, `${DIRECTORY}/snapshot.100000007`, undigested);
    await member.storage.truncate(makeZxid(1, 7));
    expect((await names(disk, 'snapshot.')).filter((name) => /[67]$/.test(name))).toEqual([]);
    const other = prefix(7);
    await member.write(other.run(someSteps(4, 5)));
    disk.crash();
    expect(treeText((await Member.start(disk)).storage.recovered)).toEqual(treeText(other));
  });

  it('to the beginning of an epoch leads behind whatever came before it, if the epoch follows', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 5);
    await member.epoch(3);
    workload.beginEpoch(3);
    await member.write(workload.run(someSteps(4)));
    await expect(member.storage.truncate(makeZxid(2, 0))).rejects.toMatchObject({ code: 'CANNOT_TRUNCATE' });
    await expect(member.storage.truncate(makeZxid(4, 0))).rejects.toMatchObject({ code: 'CANNOT_TRUNCATE' });
    const truncated = await member.storage.truncate(makeZxid(3, 0));
    expect(truncated.lastZxid).toBe(makeZxid(3, 0));
    expect(truncated.tree.lastProcessedZxid).toBe(makeZxid(3, 0));
    expect(member.storage.lastLoggedZxid).toBe(makeZxid(1, 5));
    expect(treeText(truncated)).toEqual(treeText(prefix(5)));
    await member.snapshot();
    disk.crash();
    expect((await Member.start(disk)).storage.lastLoggedZxid).toBe(makeZxid(3, 0));
  });

  it.each([
    ['one that is not there', makeZxid(1, 13)],
    ['one of an epoch that is not there', makeZxid(2, 1)],
    ['one before all that is left', makeZxid(1, 3)],
  ])('ZOOKEEPER-3701: to %s changes nothing', async (_, zxid) => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 12);
    await member.snapshot();
    for (const name of await names(disk, 'snapshot.')) {
      if (name !== 'snapshot.10000000c') await disk.unlink(`${DIRECTORY}/${name}`);
    }
    const before = await readDirectory(disk, DIRECTORY);
    await expect(member.storage.truncate(zxid)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'CANNOT_TRUNCATE',
    });
    const after = await readDirectory(disk, DIRECTORY);
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(member.storage.lastLoggedZxid).toBe(makeZxid(1, 12));
    await member.write(workload.run(someSteps(2)));
    disk.crash();
    expect(treeText((await Member.start(disk)).storage.recovered)).toEqual(treeText(workload));
  });

  it('ZOOKEEPER-3701: that fails stops the server', async () => {
    const memory = new MemoryDisk({ tracksSync: true });
    const { member: first } = await running(memory, 12);
    await first.storage.close();
    const disk = new FaultyDisk(memory);
    const member = await Member.start(disk);
    disk.faults.write = (path) => (path.includes('pinfold-state') ? { written: 3, code: 'ENOSPC' } : null);
    await expect(member.storage.truncate(makeZxid(1, 7))).rejects.toMatchObject({ code: 'DISK_FAILED' });
    expect(member.events.failures).toHaveLength(1);
    disk.faults = {};
    await expect(member.storage.reload()).rejects.toMatchObject({ code: 'DISK_FAILED' });
    await member.storage.close();
    expect((await Member.start(memory)).storage.lastLoggedZxid).toBe(makeZxid(1, 12));
  });

  it('lets the state marker name what is left', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 17);
    await member.storage.truncate(makeZxid(1, 7));
    const marker = (await readFile(disk, `${DIRECTORY}/pinfold-state`)).toString();
    expect(JSON.parse(marker)).toEqual({ format: 1, lastZxid: '100000007', lastLog: 'log.100000007', epoch: 1 });
    await member.storage.close();
    // The guard holds as before.
    await disk.unlink(`${DIRECTORY}/log.100000007`);
    await expect(Member.start(disk)).rejects.toMatchObject({ code: 'INCOMPLETE' });
  });

  it('has no snapshot written of a tree that is gone', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 9);
    const old = member.storage.recovered;
    await member.storage.truncate(makeZxid(1, 8));
    await expect(member.storage.snapshotNow(old.tree, () => old.sessions)).rejects.toThrow(/not of the history/);
    member.storage.snapshotIfDue(old.tree, () => old.sessions);
    await member.storage.close();
    expect(await names(disk, 'snapshot.')).toEqual(['snapshot.0']);
  });
});

describe('discard', () => {
  it('leaves a server that has forgotten what it may have acknowledged: it says so, also after a crash', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 9);
    const { lastZxid, tree } = await member.storage.discard();
    expect(lastZxid).toBe(-1);
    expect(member.storage.lastLoggedZxid).toBe(-1);
    expect(treeText({ tree, sessions: new Map() })).toEqual(treeText(new Workload()));
    expect(await names(disk, 'log.')).toEqual([]);
    expect(await names(disk, 'snapshot.')).toEqual([]);
    disk.crash();
    const again = await Member.start(disk);
    expect(again.storage.lastLoggedZxid).toBe(-1);
    expect(again.storage.epochs).toMatchObject({ accepted: 1, current: 1 });
    const [next] = workload.run(someSteps(1));
    expect(() => again.storage.append(next!.header, next!.txn, null)).toThrow(/cannot follow/);
    await expect(again.storage.commitDurable()).rejects.toMatchObject({ code: 'INCOMPLETE' });
    await expect(again.storage.enterEpoch(1)).rejects.toMatchObject({ code: 'INCOMPLETE' });
    await expect(again.storage.truncate(toZxid(0))).rejects.toMatchObject({ code: 'CANNOT_TRUNCATE' });
    await again.storage.install(workload.tree, workload.sessions);
    await again.storage.close();
    expect((await Member.start(disk)).storage.lastLoggedZxid).toBe(makeZxid(1, 10));
  });

  it('is over when somebody puts data back', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 3);
    const path = await member.snapshot();
    const snapshot = await readFile(disk, path);
    await member.storage.discard();
    await member.storage.close();
    await putFile(disk, path, snapshot);
    const again = await Member.start(disk);
    expect(treeText(again.storage.recovered)).toEqual(treeText(workload));
    expect(again.events.warnings).toEqual([expect.stringMatching(/had given up its data, but there are some again/)]);
    await again.storage.close();
    expect((await Member.start(disk)).events.warnings).toEqual([]);
  });

  it('is no empty database to a server that is alone', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 3);
    await member.storage.discard();
    await member.storage.close();
    const alone = ServerStorage.open({
      ...{ disk, events: new EventLog(), clock: new ManualClock(), random: constantRandom(0) },
      ...{ dataDir: '/data', extendedTypesEnabled: true },
    });
    await expect(alone).rejects.toMatchObject({
      code: 'INCOMPLETE',
      message: expect.stringMatching(/had given up its data/) as string,
    });
  });
});

describe('the state marker', () => {
  it('counts for nothing when another server has followed later epochs since', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 17);
    await member.snapshot();
    await member.storage.close();
    const log = 'log.10000000d';
    expect(await names(disk, 'log.')).toContain(log);
    await disk.unlink(`${DIRECTORY}/${log}`);
    await disk.unlink(`${DIRECTORY}/snapshot.100000011`);
    await expect(Member.start(disk)).rejects.toMatchObject({ code: 'INCOMPLETE' });
    // As an Apache server leaves it that was told to truncate by the leader of epoch 2.
    await putFile(disk, `${DIRECTORY}/acceptedEpoch`, Buffer.from('2'));
    const again = await Member.start(disk);
    expect(treeText(again.storage.recovered)).toEqual(treeText(prefix(12)));
    await again.storage.close();
    await disk.unlink(`${DIRECTORY}/log.100000007`);
    await expect(Member.start(disk)).rejects.toMatchObject({ code: 'INCOMPLETE' });
  });

  it('has a change of history finished by nobody once another server has followed later epochs', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 17);
    disk.intercept((action) => {
      if (action === 'unlink') throw Object.assign(new Error('EIO'), { code: 'EIO' });
    });
    await expect(member.storage.truncate(makeZxid(1, 7))).rejects.toMatchObject({ code: 'DISK_FAILED' });
    disk.intercept(null);
    await member.storage.close();
    await putFile(disk, `${DIRECTORY}/acceptedEpoch`, Buffer.from('2'));
    expect((await Member.start(disk)).storage.lastLoggedZxid).toBe(makeZxid(1, 17));
  });
});

describe('install', () => {
  it('ZOOKEEPER-2872: is over when the snapshot is on the device, and not before', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 3);
    await member.storage.acceptEpoch(2);
    const leader = prefix(40);
    const history = await member.storage.install(leader.tree, leader.sessions);
    expect(history).toBe(makeZxid(1, 40));
    expect(disk.namesOnDevice()).toContain(`${DIRECTORY}/snapshot.100000028`);
    await member.storage.enterEpoch(2, history);
    disk.crash();
    const again = await Member.start(disk);
    expect(again.storage.recovered).toMatchObject({ lastZxid: makeZxid(1, 40), snapshot: 'snapshot.100000028' });
    expect(treeText(again.storage.recovered)).toEqual(treeText(leader));
    expect(again.storage.epochs).toMatchObject({ accepted: 2, current: 2 });
  });

  it('has what was logged before not replayed on top of it (4.8), and the log goes on behind it', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 17);
    await member.snapshot();
    const leader = prefix(9);
    await member.storage.install(leader.tree, leader.sessions);
    expect(await names(disk, 'log.')).toEqual([]);
    expect(await names(disk, 'snapshot.')).toEqual(['snapshot.100000009']);
    await member.write(leader.run(someSteps(4, 6)));
    disk.crash();
    const again = await Member.start(disk);
    expect(again.storage.recovered).toMatchObject({ lastZxid: makeZxid(1, 13), digestMismatches: 0 });
    expect(again.storage.recovered.tree.digest).toBe(leader.tree.digest);
  });

  it('takes the name that a snapshot had before', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 9);
    await member.snapshot();
    const leader = prefix(9);
    await member.storage.install(leader.tree, leader.sessions);
    await member.storage.close();
    expect(treeText((await Member.start(disk)).storage.recovered)).toEqual(treeText(leader));
  });

  it('refuses what the server has not promised to follow, and what is not all there; nothing has changed then', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 3);
    const leader = prefix(5);
    leader.beginEpoch(2);
    leader.run(someSteps(2));
    await expect(member.storage.install(leader.tree, leader.sessions)).rejects.toThrow(
      '0x200000002 cannot be installed: 1 is the last epoch accepted',
    );
    expect(member.storage.lastLoggedZxid).toBe(makeZxid(1, 3));
    const loader = new TreeLoader({ extendedTypesEnabled: true, digestEnabled: true });
    const numbers = { ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0, ephemeralOwner: 0n };
    const zxids = { czxid: toZxid(0), mzxid: toZxid(0), pzxid: toZxid(0) };
    loader.addNode({ path: '', data: null, aclKey: 77, ...numbers, ...zxids });
    await expect(member.storage.install(loader.finish(makeZxid(1, 5)), new Map())).rejects.toMatchObject({
      code: 'BAD_STREAM',
      message: '1 nodes of the snapshot that the leader sent name an ACL that it does not hold',
    });
    expect(await member.storage.commit()).toBe(makeZxid(1, 3));
  });

  it('raises currentEpoch to that of the last transaction, where it was behind', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member } = await running(disk, 3);
    await member.storage.acceptEpoch(4);
    const leader = prefix(5);
    leader.beginEpoch(3);
    leader.run(someSteps(2));
    await member.storage.install(leader.tree, leader.sessions);
    expect(member.storage.epochs).toMatchObject({ accepted: 4, current: 3 });
    disk.crash();
    expect((await Member.start(disk)).storage.epochs).toMatchObject({ accepted: 4, current: 3 });
  });

  it('ZOOKEEPER-3642: what was received but not installed leaves no trace', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { member, workload } = await running(disk, 9);
    const leader = prefix(40);
    const stream = member.storage.snapshotStream(leader.tree, leader.sessions)!;
    await member.storage.receiveSnapshot(stream, stream.zxid);
    expect(treeText(await member.storage.reload())).toEqual(treeText(workload));
    disk.crash();
    expect(treeText((await Member.start(disk)).storage.recovered)).toEqual(treeText(workload));
  });
});

describe('readEntries', () => {
  it('gives what a learner lacks, wherever the logs were rolled, while they are written', async () => {
    const disk = new MemoryDisk();
    const { member, list } = await running(disk, 30);
    for (let after = 1; after <= 30; after += 1) {
      for (const upTo of [after, after + 1, 20, 30]) {
        const found = await member.storage.readEntries(makeZxid(1, after), makeZxid(1, upTo), Infinity);
        const expected = list.slice(after, upTo).map((each) => ({ zxid: each.header.zxid, bytes: entryOf(each) }));
        if (upTo > 30 || upTo < after) expect(found).toBeNull();
        else expect(found, `${after} to ${upTo}`).toEqual(expected);
      }
    }
  });

  it('commits first what is wanted', async () => {
    const { member, workload } = await running(new MemoryDisk(), 2);
    const [next] = workload.run(someSteps(1));
    member.storage.append(next!.header, next!.txn, next!.digest);
    expect(await member.storage.readEntries(makeZxid(1, 2), makeZxid(1, 3), Infinity)).toEqual([
      { zxid: makeZxid(1, 3), bytes: entryOf(next!) },
    ]);
    expect(member.storage.durableZxid).toBe(makeZxid(1, 3));
  });

  it('begins with the first transaction there ever was, while the snapshot before it is kept', async () => {
    const disk = new MemoryDisk();
    const { member } = await running(disk, 12);
    expect(await member.storage.readEntries(toZxid(0), makeZxid(1, 12), Infinity)).toHaveLength(12);
    await disk.unlink(`${DIRECTORY}/snapshot.0`);
    expect(await member.storage.readEntries(toZxid(0), makeZxid(1, 12), Infinity)).toBeNull();
  });

  it('ZOOKEEPER-2418: gives nothing rather than less than all', async () => {
    const disk = new MemoryDisk();
    const { member, list } = await running(disk, 30);
    const read = (after: number, upTo: number, bytesMax = Infinity): Promise<unknown> =>
      member.storage.readEntries(toZxid(after), toZxid(upTo), bytesMax);
    const at = (counter: number): number => makeZxid(1, counter);
    expect(await read(at(40), at(41))).toBeNull();
    expect(await read(at(20), at(10))).toBeNull();
    // The learner has something of an epoch that is unknown here.
    expect(await read(makeZxid(0, 7), at(10))).toBeNull();
    const bytes = list.slice(4, 9).reduce((sum, each) => sum + entryOf(each).length, 0);
    expect(await read(at(4), at(9), bytes)).toHaveLength(5);
    expect(await read(at(4), at(9), bytes - 1)).toBeNull();
    // A log in the middle is gone, or damaged.
    const [, second] = await names(disk, 'log.');
    const content = await readFile(disk, `${DIRECTORY}/${second}`);
    content[100]! ^= 1;
    await putFile(disk, `${DIRECTORY}/${second}`, content);
    expect(await read(at(4), at(30))).toBeNull();
    expect(member.events.warnings).toEqual([expect.stringMatching(/cannot be read for a learner: .*checksum/)]);
    await disk.unlink(`${DIRECTORY}/${second}`);
    expect(await read(at(4), at(30))).toBeNull();
    expect(await read(at(20), at(30))).toHaveLength(10);
  });

  it('begins at the beginning of an epoch with the first transaction behind it', async () => {
    const { member, workload } = await running(new MemoryDisk(), 5);
    await member.epoch(3);
    workload.beginEpoch(3);
    await member.write(workload.run(someSteps(2)));
    const read = (after: number, upTo: number): Promise<readonly { zxid: number }[] | null> =>
      member.storage.readEntries(toZxid(after), toZxid(upTo), Infinity);
    const zxids = async (after: number, upTo: number): Promise<number[] | undefined> =>
      (await read(after, upTo))?.map(({ zxid }) => zxid);
    const both = [makeZxid(3, 1), makeZxid(3, 2)];
    expect(await zxids(makeZxid(3, 0), makeZxid(3, 2))).toEqual(both);
    expect(await zxids(makeZxid(2, 0), makeZxid(3, 2))).toEqual(both);
    expect(await zxids(makeZxid(1, 5), makeZxid(3, 0))).toEqual([]);
    expect(await zxids(makeZxid(1, 4), makeZxid(3, 0))).toEqual([makeZxid(1, 5)]);
    // Up to where a leader is before its first transaction.
    expect(await zxids(makeZxid(3, 1), makeZxid(4, 0))).toEqual([makeZxid(3, 2)]);
  });

  it('goes back no further than a snapshot that was installed', async () => {
    const { member } = await running(new MemoryDisk(), 5);
    const leader = prefix(9);
    await member.storage.install(leader.tree, leader.sessions);
    await member.write(leader.run(someSteps(3)));
    expect(await member.storage.readEntries(makeZxid(1, 9), makeZxid(1, 12), Infinity)).toHaveLength(3);
    expect(await member.storage.readEntries(makeZxid(1, 8), makeZxid(1, 12), Infinity)).toBeNull();
  });

  it('can be weighed against a snapshot', async () => {
    const disk = new MemoryDisk();
    const { member } = await running(disk, 3);
    const path = await member.snapshot();
    expect(await member.storage.newestSnapshotBytes()).toBe((await disk.stat(path))!.sizeBytes);
    await member.storage.discard();
    expect(await member.storage.newestSnapshotBytes()).toBe(0);
  });
});
