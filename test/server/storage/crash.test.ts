import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { readDirectory } from './support/disk-files.js';
import { MemoryDisk, type CrashOptions } from '../../../src/server/storage/memory-disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import type { StorageSettings } from '../../../src/server/storage/storage-options.js';
import { steps } from './support/arbitrary-steps.js';
import { failFrom } from './support/power.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { treeText } from './support/tree-text.js';
import { Workload, type Step } from './support/workload.js';

const SETTINGS: Partial<StorageSettings> = { snapCount: 12, preAllocBytes: 700, snapRetainCount: 3 };

function open(disk: MemoryDisk, events = new EventLog(), settings = SETTINGS): Promise<ServerStorage> {
  return ServerStorage.open({
    disk,
    clock: new ManualClock(),
    random: constantRandom(0.6),
    events,
    dataDir: '/data',
    extendedTypesEnabled: true,
    settings,
  });
}

interface Run {
  /** The last transaction that a client was told of. */
  acknowledged: number;
}

/** How a server lives: how many transactions come together, how many a log has, and whether it is synced. */
interface Pace {
  readonly groupOf: number;
  readonly snapCount: number;
  readonly forceSync: boolean;
}

const MANY_LOGS: Pace = { groupOf: 3, snapCount: 12, forceSync: true };
const MANY_LOGS_A_GROUP: Pace = { groupOf: 15, snapCount: 3, forceSync: true };
const WITHOUT_SYNCS: Pace = { ...MANY_LOGS, forceSync: false };

/**
 * A server's life: in groups, as a pipeline does it. Ends when the power does; the workload then stands where
 * the last group was made, so its tree is ahead of what was acknowledged.
 */
async function live(disk: MemoryDisk, list: readonly Step[], { run, pace }: { run: Run; pace: Pace }): Promise<void> {
  const { groupOf, ...settings } = pace;
  const storage = await open(disk, new EventLog(), { ...SETTINGS, ...settings });
  const workload = new Workload();
  try {
    for (let at = 0; at < list.length; at += groupOf) {
      for (const { header, txn, digest } of workload.run(list.slice(at, at + groupOf)))
        storage.append(header, txn, digest);
      const durable = await storage.commit();
      if (pace.forceSync) run.acknowledged = durable;
      storage.snapshotIfDue(workload.tree, () => workload.sessions);
      if (at % (3 * groupOf) === 2 * groupOf) await storage.purge();
    }
  } finally {
    await storage.close();
  }
}

/** What any prefix of the workload looks like, made when asked for. */
function prefix(list: readonly Step[], upTo: Zxid): ReturnType<typeof treeText> {
  const workload = new Workload();
  workload.run(list.slice(0, upTo));
  return treeText(workload);
}

async function crashedAt(
  n: number,
  list: readonly Step[],
  { pace = MANY_LOGS, ...options }: CrashOptions & { readonly pace?: Pace },
): Promise<boolean> {
  const disk = new MemoryDisk({ tracksSync: true });
  const power = failFrom(disk, n);
  const run: Run = { acknowledged: 0 };
  await live(disk, list, { run, pace }).catch((error: unknown) => {
    if (!power.reached()) throw error;
  });
  disk.intercept(null);
  disk.crash(options);
  const storage = await open(disk);
  const { lastZxid } = storage.recovered;
  expect(lastZxid, `acknowledged before the crash at action ${n}`).toBeGreaterThanOrEqual(run.acknowledged);
  expect(lastZxid).toBeLessThanOrEqual(list.length);
  expect(treeText(storage.recovered)).toEqual(prefix(list, lastZxid));
  expect(storage.recovered.digestMismatches).toBe(0);
  await storage.close();
  // A second start finds what the first one left.
  const again = await open(disk);
  expect(again.recovered.lastZxid).toBe(lastZxid);
  await again.close();
  return power.reached();
}

const LIST: Step[] = Array.from({ length: 45 }, (_, index) => [
  [0, 8, 9, 4, 8, 2, 6, 8, 5, 1][index % 10]!,
  index * 31,
  (index * 53) % 300,
  index * 7,
]);

const REMAINS: readonly [string, CrashOptions][] = [
  ['nothing unsynced arrives', {}],
  ['all names arrive', { nameKept: () => true }],
  ['everything arrives', { nameKept: () => true, bytesKept: ({ length }) => length }],
  ['half of each write arrives', { nameKept: () => true, bytesKept: ({ length }) => Math.floor(length / 2) }],
  ['contents arrive, but names do not', { bytesKept: ({ length }) => length }],
];

/** Of the logs of 45 transactions, three each or fewer: about every other one. */
const SOME_NAMES = (remainder: number): CrashOptions => ({
  nameKept: (path) => Math.floor(parseInt(path.split('.')[1] ?? '0', 16) / 2) % 2 === remainder,
});

describe('a crash', () => {
  it.each(REMAINS)('loses nothing acknowledged, wherever it comes: %s', async (_, options) => {
    let n = 1;
    while (await crashedAt(n, LIST, options)) n += 1;
    expect(n).toBeGreaterThan(60);
  });

  it.each([
    ...REMAINS,
    ['some names arrive, but not those before', SOME_NAMES(0)] as const,
    ['other names arrive, but not those before', SOME_NAMES(1)] as const,
  ])('leaves no gap where a group spans several logs, wherever it comes: %s', async (_, options) => {
    let n = 1;
    while (await crashedAt(n, LIST, { pace: MANY_LOGS_A_GROUP, ...options })) n += 1;
    expect(n).toBeGreaterThan(60);
  });

  // Half of a group that was never synced looks like damage in the middle of it, and is refused.
  it.each(REMAINS.filter(([name]) => !name.startsWith('half')))(
    'leaves a beginning of the log where nothing is synced, wherever it comes: %s',
    async (_, options) => {
      let n = 1;
      while (await crashedAt(n, LIST, { pace: WITHOUT_SYNCS, ...options })) n += 1;
      expect(n).toBeGreaterThan(60);
    },
  );

  it('loses nothing acknowledged, for any workload, moment and remains', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 120 }), fc.integer(), async (list, n, salt) => {
        // Any mixture of what arrives, the same each time the case is run.
        let state = salt;
        const next = (below: number): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
          return state % below;
        };
        await crashedAt(n, list, { nameKept: () => next(2) === 0, bytesKept: ({ length }) => next(length + 1) });
      }),
      { numRuns: 150 },
    );
  });

  it('of one server after another loses nothing, either', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const workload = new Workload();
    let acknowledged = 0;
    for (let round = 1; round <= 12; round += 1) {
      const storage = await open(disk);
      expect(storage.recovered.lastZxid).toBe(acknowledged);
      expect(treeText(storage.recovered)).toEqual(treeText(workload));
      const list = LIST.slice(0, 3 * round).map((step, index): Step => [step[0], step[1], step[2], index * round]);
      for (const { header, txn, digest } of workload.run(list)) {
        storage.append(header, txn, digest);
        acknowledged = await storage.commit();
        storage.snapshotIfDue(workload.tree, () => workload.sessions);
      }
      if (round % 2 === 0) await storage.purge();
      disk.crash();
    }
    const names = [...(await readDirectory(disk, '/data/version-2')).keys()];
    expect(names.filter((name) => name.startsWith('log.')).length).toBeGreaterThan(1);
  });

  it('that the server notices stops it: the failure is told, and nothing is acknowledged after it', async () => {
    const disk = new MemoryDisk({ tracksSync: true });
    const events = new EventLog();
    const storage = await open(disk, events);
    const workload = new Workload();
    const [first, second] = workload.run([
      [0, 0, 0, 0],
      [8, 0, 5, 0],
    ]);
    storage.append(first!.header, first!.txn, first!.digest);
    failFrom(disk, 1);
    await expect(storage.commit()).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(events.failures).toHaveLength(1);
    disk.intercept(null);
    expect(() => storage.append(second!.header, second!.txn, second!.digest)).toThrow();
    expect(storage.durableZxid).toBe(0);
    await storage.close();
    expect((await open(disk)).recovered.lastZxid).toBe(0);
  });
});
