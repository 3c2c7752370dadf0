import { describe, expect, it } from 'vitest';
import { makeZxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { putFile } from './support/disk-files.js';
import { DIRECTORY, Member } from './support/member.js';
import { names, prefix, running } from './support/running-member.js';
import { treeText } from './support/tree-text.js';

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
