import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { epochOf, makeZxid, type Zxid } from '../../../src/protocol/zxid.js';
import { MemoryDisk, type CrashOptions } from '../../../src/server/storage/memory-disk.js';
import { putFile, readDirectory } from './support/disk-files.js';
import { Member, someSteps } from './support/member.js';
import { failFrom } from './support/power.js';
import { treeText, type TreeText } from './support/tree-text.js';
import { Workload } from './support/workload.js';

/** Where logs lie; snapshots lie in `/data`. */
type LogDir = '/data' | '/log';

/** What lies on a disk. */
interface Content {
  readonly logDir: LogDir;
  /** By path. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** A change of history that power may fail in, and what there is before. */
interface Change extends Content {
  /** The histories that may be found afterwards: before it is done, and when it is. */
  readonly before: Outcome;
  readonly after: Outcome;
  run(member: Member): Promise<unknown>;
}

interface Outcome {
  readonly lastZxid: Zxid;
  readonly text: TreeText;
}

/** What is left of what was not synced; null: only the process ends, and the power is lost in the next life. */
type Remains = CrashOptions | null;

const REMAINS: readonly [string, Remains][] = [
  ['nothing unsynced arrives', {}],
  ['all names arrive', { nameKept: () => true }],
  ['everything arrives', { nameKept: () => true, bytesKept: ({ length }) => length }],
  ['half of each write arrives', { nameKept: () => true, bytesKept: ({ length }) => Math.floor(length / 2) }],
  ['contents arrive, but names do not', { bytesKept: ({ length }) => length }],
  ['the process ends', null],
];

const TWICE = REMAINS.filter(([name]) => /nothing|process/.test(name));

/** So many that the last of them stands in the middle of a log. */
const COMMITTED = 22;

/** The history that everybody has, and some of what came behind it. */
function history(options: { readonly epoch: number; readonly more: number; readonly seed: number }) {
  const workload = new Workload();
  workload.beginEpoch(1);
  const common = workload.run(someSteps(COMMITTED));
  if (options.epoch > 1) workload.beginEpoch(options.epoch);
  const more = workload.run(someSteps(options.more, options.seed));
  return { workload, common, more };
}

function outcome(workload: Workload): Outcome {
  return { lastZxid: workload.tree.lastProcessedZxid, text: treeText(workload) };
}

async function contentOf(disk: MemoryDisk, logDir: LogDir): Promise<Content> {
  const files = new Map<string, Buffer>();
  for (const directory of new Set(['/data', logDir])) {
    const found = await readDirectory(disk, `${directory}/version-2`);
    for (const [name, bytes] of found) files.set(`${directory}/version-2/${name}`, bytes);
  }
  return { logDir, files };
}

async function diskWith({ logDir, files }: Content): Promise<MemoryDisk> {
  const disk = new MemoryDisk({ tracksSync: true });
  for (const [path, bytes] of files) await putFile(disk, path, bytes);
  for (const directory of new Set(['/data', logDir])) await disk.syncDirectory(`${directory}/version-2`);
  return disk;
}

function start(disk: MemoryDisk, { logDir }: Content): Promise<Member> {
  return Member.start(disk, { snapCount: 10 }, logDir);
}

/**
 * A member that has followed the leader of epoch 1, has an uncommitted tail of its own, and has just promised epoch 3. Its logs
 * are short, and it has snapshots of several moments, one even of what is not committed.
 */
async function divergedMember(logDir: LogDir): Promise<Content & { before: Outcome }> {
  const disk = new MemoryDisk();
  const member = await Member.start(disk, { snapCount: 10 }, logDir);
  await member.epoch(1);
  const { workload, common, more } = history({ epoch: 1, more: 17, seed: 2 });
  for (let at = 0; at < common.length; at += 4) {
    await member.write(common.slice(at, at + 4));
    if (at % 8 === 4) await member.snapshot();
  }
  for (let at = 0; at < more.length; at += 4) await member.write(more.slice(at, at + 4));
  // No member of ours does that; others do (ZOOKEEPER-1549).
  await member.snapshot();
  await member.storage.acceptEpoch(3);
  await member.storage.close();
  return { ...(await contentOf(disk, logDir)), before: outcome(workload) };
}

async function truncation(logDir: LogDir): Promise<Change> {
  const diverged = await divergedMember(logDir);
  const after = outcome(history({ epoch: 1, more: 0, seed: 1 }).workload);
  return { ...diverged, after, run: (member) => member.storage.truncate(after.lastZxid) };
}

async function installation(logDir: LogDir): Promise<Change> {
  const diverged = await divergedMember(logDir);
  const leader = history({ epoch: 2, more: 9, seed: 3 });
  return {
    ...diverged,
    after: outcome(leader.workload),
    run: ({ storage }) => storage.install(leader.workload.tree, leader.workload.sessions),
  };
}

/** The leader's history is shorter than what the member has, in zxids, too. */
async function shorterInstallation(logDir: LogDir): Promise<Change> {
  const diverged = await divergedMember(logDir);
  const { workload } = history({ epoch: 1, more: 0, seed: 1 });
  return {
    ...diverged,
    after: outcome(workload),
    run: ({ storage }) => storage.install(workload.tree, workload.sessions),
  };
}

const CHANGES: Readonly<Record<string, (logDir: LogDir) => Promise<Change>>> = {
  'a truncation': truncation,
  'an installed snapshot': installation,
  'an installed snapshot of an earlier moment': shorterInstallation,
};

/** After a crash: one of both histories, whole; and the server goes on from there. */
async function expectWhole(disk: MemoryDisk, change: Change, isDone: boolean): Promise<void> {
  const member = await start(disk, change);
  const { storage } = member;
  const { lastZxid } = storage.recovered;
  const isNew = lastZxid === change.after.lastZxid;
  expect(isNew || !isDone, 'what was done stays done').toBe(true);
  const expected = isNew ? change.after : change.before;
  expect(lastZxid).toBe(expected.lastZxid);
  expect(treeText(storage.recovered)).toEqual(expected.text);
  expect(storage.lastLoggedZxid).toBe(lastZxid);
  const { accepted, current } = storage.epochs;
  expect(accepted).toBe(3);
  expect(current).toBeGreaterThanOrEqual(epochOf(lastZxid));
  expect(current).toBeLessThanOrEqual(accepted);
  await member.epoch(3);
  await storage.reload();
  const next = new Workload();
  next.beginEpoch(3);
  await member.write(next.run(someSteps(3)));
  const written = treeText(storage.recovered);
  disk.crash();
  const again = await start(disk, change);
  expect(again.storage.lastLoggedZxid).toBe(makeZxid(3, 3));
  expect(treeText(again.storage.recovered)).toEqual(written);
  await again.storage.close();
}

function laterCalls({ storage }: Member): (() => Promise<unknown>)[] {
  const { tree, sessions } = new Workload();
  return [
    () => storage.commit(),
    () => storage.commitDurable(),
    () => storage.acceptEpoch(7),
    () => storage.enterEpoch(3),
    () => storage.reload(),
    () => storage.truncate(makeZxid(1, 1)),
    () => storage.install(tree, sessions),
  ];
}

/** Power fails at the n-th action of a change, and, when told so, at the m-th of the start that follows. */
async function crashedAt(
  change: Change,
  { n, m, remains }: { n: number; m: number | null; remains: Remains },
): Promise<{ first: boolean; second: boolean }> {
  const disk = await diskWith(change);
  const member = await start(disk, change);
  expect(treeText(member.storage.recovered)).toEqual(change.before.text);
  const first = failFrom(disk, n);
  let isDone = false;
  try {
    await change.run(member);
    isDone = true;
  } catch (error) {
    if (!first.reached()) throw error;
    await expect(member.storage.commit()).rejects.toMatchObject({ name: 'StorageError' });
  }
  disk.intercept(null);
  if (remains === null) disk.abandon();
  else disk.crash(remains);
  let second = false;
  if (m !== null) {
    const power = failFrom(disk, m);
    await start(disk, change).catch((error: unknown) => {
      if (!power.reached()) throw error;
    });
    second = power.reached();
    disk.intercept(null);
    disk.crash(remains ?? {});
  }
  await expectWhole(disk, change, isDone);
  return { first: first.reached(), second };
}

const LAYOUTS: readonly [string, LogDir][] = [
  ['one directory', '/data'],
  ['two directories', '/log'],
];
const CASES = Object.entries(CHANGES).flatMap(([name, prepare]) =>
  LAYOUTS.map(([layout, logDir]) => [`${name}, ${layout}`, () => prepare(logDir)] as const),
);

/** The harder ones: what one directory has does not make the other's safe. */
const SPLIT = CASES.filter(([name]) => name.endsWith(LAYOUTS[1]![0]));

describe.each(CASES)('%s', (_, prepare) => {
  let change: Change;

  beforeAll(async () => {
    change = await prepare();
  });

  it.each(REMAINS)('is done or not begun after a crash, wherever it comes: %s', async (_remains, remains) => {
    let n = 1;
    while ((await crashedAt(change, { n, m: null, remains })).first) n += 1;
    expect(n).toBeGreaterThan(12);
  });

  it('is done or not begun when the disk fails once in it, and nothing works any more until the next start', async () => {
    for (let n = 1, reached = true; reached; n += 1) {
      const disk = await diskWith(change);
      const member = await start(disk, change);
      let count = 0;
      disk.intercept((action) => {
        if (action === 'read') return;
        count += 1;
        if (count === n) throw Object.assign(new Error('EIO: failed once'), { code: 'EIO' });
      });
      const isDone = await change.run(member).then(
        () => true,
        () => false,
      );
      reached = count >= n;
      disk.intercept(null);
      if (!isDone) {
        const failure = { name: 'StorageError', message: expect.stringContaining('failed once') as string };
        for (const call of laterCalls(member)) await expect(call()).rejects.toMatchObject(failure);
        expect(member.events.failures).toHaveLength(1);
      }
      await member.storage.close();
      await expectWhole(disk, change, isDone);
    }
  });
});

describe.each(SPLIT)('%s', (_, prepare) => {
  let change: Change;

  beforeAll(async () => {
    change = await prepare();
  });

  it.each(TWICE)('is the same when the next start crashes, too: %s', async (_remains, remains) => {
    for (let n = 1, first = true; first; n += 1) {
      // Odd and even ones in turns: each meets half of what follows.
      for (let m = 1 + (n % 2), second = true; second; m += 2) {
        ({ first, second } = await crashedAt(change, { n, m, remains }));
      }
    }
  });

  it('is done or not begun, whatever of it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 25 }),
        fc.integer(),
        async (n, m, salt) => {
          let state = salt;
          const next = (below: number): number => {
            state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
            return state % below;
          };
          const remains = {
            nameKept: () => next(2) === 0,
            bytesKept: ({ length }: { length: number }) => next(length + 1),
          };
          await crashedAt(change, { n, m, remains });
        },
      ),
      { numRuns: 40 },
    );
  });
});
