import { describe, expect, it } from 'vitest';
import { epochOf, makeZxid } from '../../../src/protocol/zxid.js';
import { EpochFiles, readEpochs, type FoundEpochs } from '../../../src/server/storage/epoch-files.js';
import { MemoryDisk, type CrashOptions } from '../../../src/server/storage/memory-disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import { putFile, readDirectory, readFile } from './support/disk-files.js';
import { DIRECTORY, Member, someSteps } from './support/member.js';
import { failFrom } from './support/power.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { Workload } from './support/workload.js';

/** Contents of epoch files by name; undefined: there is none. */
type Files = Readonly<
  Partial<Record<'acceptedEpoch' | 'currentEpoch' | 'acceptedEpoch.tmp' | 'currentEpoch.tmp', string>>
>;

/** What others were told, and what was under way. */
interface Promised {
  accepted: number;
  current: number;
  entering: number;
}

async function diskWith(files: Files): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ tracksSync: true });
  await disk.makeDirectories(DIRECTORY);
  for (const [name, text] of Object.entries(files)) await putFile(disk, `${DIRECTORY}/${name}`, Buffer.from(text));
  await disk.syncDirectory(DIRECTORY);
  return disk;
}

async function found(files: Files, lastEpoch: number): Promise<FoundEpochs> {
  return readEpochs(await diskWith(files), DIRECTORY, makeZxid(lastEpoch, 5));
}

async function text(disk: MemoryDisk, name: string): Promise<string> {
  return (await readFile(disk, `${DIRECTORY}/${name}`)).toString();
}

describe('epoch files', () => {
  it.each<[string, Files, number, { accepted: number; current: number }]>([
    ['none: the epoch of the last transaction', {}, 3, { accepted: 3, current: 3 }],
    ['acceptedEpoch only', { acceptedEpoch: '4' }, 3, { accepted: 4, current: 3 }],
    ['currentEpoch only', { currentEpoch: '3' }, 3, { accepted: 3, current: 3 }],
    ['both, ahead of the log', { acceptedEpoch: '7', currentEpoch: '5' }, 3, { accepted: 7, current: 5 }],
    [
      'with a newline, and more lines',
      { acceptedEpoch: '4\n', currentEpoch: '3\nrest' },
      3,
      { accepted: 4, current: 3 },
    ],
    [
      'a leftover that is not needed',
      { acceptedEpoch: '4', currentEpoch: '3', 'currentEpoch.tmp': '4' },
      3,
      { accepted: 4, current: 3 },
    ],
  ])('are read: %s', async (_, files, lastEpoch, expected) => {
    expect(await found(files, lastEpoch)).toMatchObject(expected);
  });

  it('ZOOKEEPER-4269: a leftover currentEpoch.tmp tells what a too old currentEpoch has missed', async () => {
    const files = { acceptedEpoch: '3', currentEpoch: '2', 'currentEpoch.tmp': '3' };
    const disk = await diskWith(files);
    const epochs = await EpochFiles.open(disk, DIRECTORY, await readEpochs(disk, DIRECTORY, makeZxid(3, 1)));
    expect(epochs).toMatchObject({ accepted: 3, current: 3 });
    disk.crash();
    expect([...(await readDirectory(disk, DIRECTORY)).keys()]).toEqual(['acceptedEpoch', 'currentEpoch']);
    expect(await text(disk, 'currentEpoch')).toBe('3');
  });

  it.each<[string, Files, number, RegExp]>([
    ['a currentEpoch behind the log', { acceptedEpoch: '3', currentEpoch: '2' }, 3, /currentEpoch: it says 2, but/],
    [
      'one whose leftover is behind the log, too',
      { acceptedEpoch: '3', currentEpoch: '1', 'currentEpoch.tmp': '2' },
      3,
      /it says 1, but/,
    ],
    [
      'one whose leftover was never accepted',
      { acceptedEpoch: '3', currentEpoch: '2', 'currentEpoch.tmp': '4' },
      3,
      /it says 2, but/,
    ],
    ['one whose leftover is torn', { acceptedEpoch: '3', currentEpoch: '2', 'currentEpoch.tmp': '' }, 3, /it says 2/],
    [
      'an acceptedEpoch before currentEpoch',
      { acceptedEpoch: '2', currentEpoch: '3' },
      2,
      /it says 2, which is before epoch 3/,
    ],
    ['an acceptedEpoch before the log, without the other', { acceptedEpoch: '2' }, 3, /before epoch 3 in the log/],
    ['text', { acceptedEpoch: 'three' }, 0, /its first line is "three", not an epoch/],
    ['nothing', { currentEpoch: '' }, 0, /its first line is ""/],
    ['a negative number', { currentEpoch: '-1' }, 0, /its first line is "-1"/],
    ['a number beyond every epoch', { acceptedEpoch: '2097152' }, 0, /not an epoch from 0 to 2097151/],
  ])('are refused: %s', async (_, files, lastEpoch, message) => {
    await expect(found(files, lastEpoch)).rejects.toMatchObject({
      name: 'StorageError',
      code: 'CORRUPT',
      message: expect.stringMatching(message) as string,
    });
  });

  it('are written as Apache ZooKeeper writes them: decimal digits, nothing else', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { storage } = await Member.start(disk);
    expect(await text(disk, 'acceptedEpoch')).toBe('0');
    expect(await text(disk, 'currentEpoch')).toBe('0');
    await storage.acceptEpoch(12);
    expect(storage.epochs).toMatchObject({ accepted: 12, current: 0 });
    await storage.enterEpoch(11);
    disk.crash();
    expect(await text(disk, 'acceptedEpoch')).toBe('12');
    expect(await text(disk, 'currentEpoch')).toBe('11');
    const again = await Member.start(disk);
    expect(again.storage.epochs).toMatchObject({ accepted: 12, current: 11 });
  });

  it('never go back, and currentEpoch never before what was accepted', async () => {
    const { storage } = await Member.start(new MemoryDisk());
    await storage.acceptEpoch(3);
    await storage.acceptEpoch(3);
    await expect(storage.acceptEpoch(2)).rejects.toThrow('epoch 2 cannot be accepted: 3 was');
    await expect(storage.acceptEpoch(2 ** 21)).rejects.toThrow(RangeError);
    await expect(storage.enterEpoch(4)).rejects.toThrow('epoch 4 cannot be entered: 0 was, and 3 is the last accepted');
    await storage.enterEpoch(3);
    await storage.enterEpoch(3);
    await expect(storage.enterEpoch(2)).rejects.toThrow(RangeError);
    // None of these has cost the storage anything.
    expect(await storage.commit()).toBe(0);
  });

  it('are of no concern outside an ensemble', async () => {
    const disk = await diskWith({ acceptedEpoch: 'nonsense' });
    await expect(Member.start(disk)).rejects.toMatchObject({ code: 'CORRUPT', file: `${DIRECTORY}/acceptedEpoch` });
    const alone = await ServerStorage.open({
      ...{ disk, events: new EventLog(), clock: new ManualClock(), random: constantRandom(0) },
      ...{ dataDir: '/data', extendedTypesEnabled: true },
    });
    expect(() => alone.epochs).toThrow('not that of a member');
    await alone.close();
    expect(await text(disk, 'acceptedEpoch')).toBe('nonsense');
  });

  it.each(['create', 'write', 'sync', 'rename'] as const)(
    'ZOOKEEPER-2307: a %s that fails changes no epoch in memory, and ends the storage',
    async (failing) => {
      for (const step of ['accept', 'enter'] as const) {
        const disk = new MemoryDisk({ tracksSync: true });
        const { storage, events } = await Member.start(disk);
        if (step === 'enter') await storage.acceptEpoch(1);
        disk.intercept((action) => {
          if (action === failing) throw Object.assign(new Error(`EIO: ${failing}`), { code: 'EIO' });
        });
        const failed = step === 'accept' ? storage.acceptEpoch(1) : storage.enterEpoch(1);
        await expect(failed).rejects.toMatchObject({ code: 'DISK_FAILED' });
        expect(storage.epochs[step === 'accept' ? 'accepted' : 'current']).toBe(0);
        expect(events.failures).toHaveLength(1);
        disk.intercept(null);
        await expect(storage.acceptEpoch(2)).rejects.toMatchObject({ code: 'DISK_FAILED' });
        await expect(storage.commitDurable()).rejects.toMatchObject({ code: 'DISK_FAILED' });
        await storage.close();
        await (await Member.start(disk)).storage.close();
      }
    },
  );

  it('ZOOKEEPER-4643: currentEpoch is written after the history it stands for', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const { storage } = await Member.start(disk);
    await storage.acceptEpoch(1);
    const workload = new Workload();
    const [first] = workload.run(someSteps(1));
    storage.append(first!.header, first!.txn, first!.digest);
    const order: string[] = [];
    disk.intercept((action, path) => {
      if (action === 'sync' || action === 'rename') order.push(`${action} ${path.slice(DIRECTORY.length)}`);
    });
    await storage.enterEpoch(1);
    const epochAt = order.indexOf('rename /currentEpoch.tmp');
    expect(order.indexOf('sync /log.1')).toBeLessThan(epochAt);
    expect(order.indexOf('sync ')).toBeLessThan(epochAt);
    expect(storage.durableZxid).toBe(1);
    await storage.close();
  });

  it.each([
    ['', true],
    [', without syncs, too', false],
  ])('rise with the log when transactions of later epochs come, each in a log of its own%s', async (_, forceSync) => {
    const disk = new MemoryDisk({ tracksSync: true });
    const member = await Member.start(disk, { forceSync });
    const workload = new Workload();
    await member.storage.acceptEpoch(5);
    const list = workload.run(someSteps(3));
    for (const epoch of [2, 3]) {
      workload.beginEpoch(epoch);
      list.push(...workload.run(someSteps(3, epoch)));
    }
    await member.log(list);
    expect(member.storage.epochs).toMatchObject({ accepted: 5, current: 3 });
    const names = (await disk.list(DIRECTORY)).filter((name) => name.startsWith('log.'));
    expect(names.sort()).toEqual(['log.1', 'log.200000001', 'log.300000001']);
    workload.beginEpoch(6);
    const [unknown] = workload.run(someSteps(1));
    await expect(member.log([unknown!])).rejects.toThrow('is of epoch 6, but 5 is the last accepted');
    disk.crash();
    expect((await Member.start(disk)).storage.epochs).toMatchObject({ accepted: 5, current: 3 });
  });

  it.each<[string, CrashOptions]>([
    ['nothing unsynced arrives', {}],
    ['all names arrive', { nameKept: () => true }],
    ['everything arrives', { nameKept: () => true, bytesKept: ({ length }) => length }],
    ['half of each write arrives', { nameKept: () => true, bytesKept: ({ length }) => Math.floor(length / 2) }],
  ])('hold acceptedEpoch >= currentEpoch >= epoch of the log, wherever a crash comes: %s', async (_, options) => {
    const story = async (disk: MemoryDisk, promised: Promised): Promise<void> => {
      const member = await Member.start(disk);
      const workload = new Workload();
      const accept = async (epoch: number): Promise<void> => {
        promised.accepted = await member.storage.acceptEpoch(epoch);
      };
      const enter = async (epoch: number): Promise<void> => {
        promised.entering = epoch;
        promised.current = await member.storage.enterEpoch(epoch, await member.storage.commitDurable());
      };
      await accept(1);
      await enter(1);
      workload.beginEpoch(1);
      await member.write(workload.run(someSteps(4)));
      // It missed epochs 2 and 3, and gets their transactions, and some of the current one, from the leader of 4.
      await accept(4);
      const missed = [2, 3, 4].flatMap((epoch) => {
        workload.beginEpoch(epoch);
        return workload.run(someSteps(3, epoch));
      });
      await member.log(missed.slice(0, 4));
      await member.log(missed.slice(4));
      await enter(4);
      await member.storage.close();
    };
    let n = 1;
    for (let reached = true; reached; n += 1) {
      const disk = new MemoryDisk({ tracksSync: true });
      const promised: Promised = { accepted: 0, current: 0, entering: 0 };
      const power = failFrom(disk, n);
      await story(disk, promised).catch((error: unknown) => {
        if (!power.reached()) throw error;
      });
      reached = power.reached();
      disk.intercept(null);
      disk.crash(options);
      const { storage } = await Member.start(disk);
      const { accepted, current } = storage.epochs;
      const at = `after a crash at action ${n}`;
      expect(accepted, at).toBeGreaterThanOrEqual(promised.accepted);
      expect(current, at).toBeGreaterThanOrEqual(promised.current);
      expect(accepted, at).toBeGreaterThanOrEqual(current);
      expect(current, at).toBeGreaterThanOrEqual(epochOf(storage.lastLoggedZxid));
      // Nor is it ahead of the history (ZOOKEEPER-4643).
      expect(current, at).toBeLessThanOrEqual(Math.max(promised.entering, epochOf(storage.lastLoggedZxid)));
      await storage.close();
    }
    expect(n).toBeGreaterThan(60);
  });
});
