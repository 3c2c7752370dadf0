import { describe, expect, it } from 'vitest';
import { makeZxid, toZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { putFile, readFile } from './support/disk-files.js';
import { DIRECTORY, entryOf, someSteps } from './support/member.js';
import { names, prefix, running } from './support/running-member.js';

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
    for (const name of await names(disk, 'snapshot.')) await disk.unlink(`${DIRECTORY}/${name}`);
    expect(await member.storage.newestSnapshotBytes()).toBe(0);
  });
});
