import { describe, expect, it } from 'vitest';
import { makeZxid, toZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { TreeLoader } from '../../../src/server/tree/tree-loader.js';
import { DIRECTORY, Member, someSteps } from './support/member.js';
import { names, prefix, running } from './support/running-member.js';
import { treeText } from './support/tree-text.js';

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
