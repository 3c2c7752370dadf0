import { describe, expect, it } from 'vitest';
import { makeZxid, toZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { putFile, readDirectory, readFile } from './support/disk-files.js';
import { FaultyDisk } from './support/faulty-disk.js';
import { DIRECTORY, Member, someSteps } from './support/member.js';
import { names, prefix, running } from './support/running-member.js';
import { treeText } from './support/tree-text.js';
import { Workload } from './support/workload.js';

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
