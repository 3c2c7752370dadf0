import { describe, expect, it } from 'vitest';
import { makeZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { putFile } from './support/disk-files.js';
import { DIRECTORY, Member, entryOf, someSteps } from './support/member.js';
import { rawLog } from './support/raw-log.js';
import { names, prefix, running } from './support/running-member.js';
import { treeText } from './support/tree-text.js';
import { Workload } from './support/workload.js';

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
