import { describe, expect, it } from 'vitest';
import { logsAmong, snapshotsAmong } from '../../../src/server/storage/file-names.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { recover } from '../../../src/server/storage/recovery.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import { StorageError } from '../../../src/server/storage/storage-error.js';
import { STORAGE_DEFAULTS } from '../../../src/server/storage/storage-options.js';
import { putFile, readDirectory } from './support/disk-files.js';
import { EventLog, ManualClock, constantRandom } from './support/storage-rig.js';
import { Workload, type Step } from './support/workload.js';

const DIRECTORY = '/data/version-2';
const SECTOR_BYTES = 512;
const TXNS = 12;
const STEPS: Step[] = Array.from({ length: TXNS }, (_, index) => [index === 0 ? 0 : 8, index, 10 + index, 5 * index]);

/** A low bit is turned, the highest bit is turned, the byte is wiped. */
const DAMAGES = [(byte: number) => byte ^ 1, (byte: number) => byte ^ 0x80, () => 0];

type Files = ReadonlyMap<string, Buffer>;

function open(disk: MemoryDisk, snapCount: number): Promise<ServerStorage> {
  return ServerStorage.open({
    disk,
    clock: new ManualClock(),
    random: constantRandom(0),
    events: new EventLog(),
    dataDir: '/data',
    extendedTypesEnabled: true,
    settings: { preAllocBytes: 700, snapCount },
  });
}

/** The files of a server that was killed after it had acknowledged everything, and the digest that it had. */
async function killed(snapCount: number): Promise<{ files: Files; digest: bigint }> {
  const disk = new MemoryDisk();
  const storage = await open(disk, snapCount);
  const workload = new Workload();
  for (const { header, txn, digest } of workload.run(STEPS)) {
    storage.append(header, txn, digest);
    await storage.commit();
    storage.snapshotIfDue(workload.tree, () => workload.sessions);
  }
  await storage.snapshotNow(workload.tree, () => workload.sessions);
  return { files: await readDirectory(disk, DIRECTORY), digest: workload.tree.digest };
}

interface Outcome {
  readonly refusal: StorageError | null;
  readonly lastZxid: number;
  readonly digest: bigint;
}

/** What a start makes of these files. It only reads, so a refusal leaves them as they were. */
async function start(files: Files): Promise<Outcome> {
  const disk = new MemoryDisk();
  for (const [name, content] of files) await putFile(disk, `${DIRECTORY}/${name}`, content);
  try {
    const { lastZxid, tree } = await recover({
      disk,
      directories: { snapshots: DIRECTORY, logs: DIRECTORY },
      treeOptions: { extendedTypesEnabled: true, digestEnabled: true },
      entryBytesMax: STORAGE_DEFAULTS.entryBytesMax,
      snapshotTrustEmpty: false,
      ensemble: false,
      tailCount: 0,
      warned: () => undefined,
    });
    return { refusal: null, lastZxid, digest: tree.digest };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { refusal: error, lastZxid: 0, digest: 0n };
  }
}

function changed(files: Files, name: string, edit: (content: Buffer) => Buffer): Files {
  return new Map([...files].map(([each, content]) => [each, each === name ? edit(Buffer.from(content)) : content]));
}

function without(files: Files, pattern: RegExp): Files {
  return new Map([...files].filter(([name]) => !pattern.test(name)));
}

function newestOf(files: Files): { log: string; snapshot: string } {
  return { log: logsAmong([...files.keys()]).at(-1)!.name, snapshot: snapshotsAmong([...files.keys()])[0]!.name };
}

/** Where the records of a log begin, and where the last one ends. */
function boundsOf(log: Buffer): number[] {
  const bounds = [16];
  for (let at = 16; at + 12 <= log.length && log.readInt32BE(at + 8) > 0; bounds.push(at)) {
    at += log.readInt32BE(at + 8) + 13;
  }
  return bounds;
}

/** Without the marker and the snapshot that a start would do without the log for. */
async function logOnly(): Promise<{ files: Files; digest: bigint; log: string; bounds: number[] }> {
  const { files, digest } = await killed(1000);
  const bare = without(files, /^snapshot\.[^0]/);
  const { log } = newestOf(bare);
  const bounds = boundsOf(bare.get(log)!);
  expect(bounds).toHaveLength(TXNS + 1);
  return { files: bare, digest, log, bounds };
}

describe('a log whose middle is damaged', () => {
  it('is refused by file and offset, or costs nothing acknowledged, whichever byte is wrong', async () => {
    const { files, digest, log, bounds } = await logOnly();
    const lastRecord = bounds.at(-2)!;
    const refusals = { count: 0 };
    for (let at = 0; at < bounds.at(-1)!; at += 1) {
      const damaged = changed(files, log, (content) => {
        content[at] = DAMAGES[at % DAMAGES.length]!(content[at]!);
        return content;
      });
      const outcome = await start(damaged);
      if (outcome.refusal !== null) {
        expect(outcome.refusal, `byte ${at}`).toMatchObject({ file: `${DIRECTORY}/${log}` });
        expect(outcome.refusal.offset, `byte ${at}`).toBeGreaterThanOrEqual(0);
        expect(outcome.refusal.offset, `byte ${at}`).toBeLessThanOrEqual(at);
        refusals.count += 1;
      } else if (at < lastRecord) {
        expect(outcome, `byte ${at}`).toMatchObject({ lastZxid: TXNS, digest });
      } else {
        // The very last record may be one that a crash cut off: nothing in the file tells.
        expect(outcome.lastZxid, `byte ${at}`).toBeGreaterThanOrEqual(TXNS - 1);
      }
    }
    expect(refusals.count).toBeGreaterThan(lastRecord / 4);
  });

  it('is refused wherever a sector of it is wiped', async () => {
    const { files, log, bounds } = await logOnly();
    for (let from = 16; from < bounds.at(-2)!; from += 100) {
      const outcome = await start(changed(files, log, (content) => content.fill(0, from, from + SECTOR_BYTES)));
      if (from + SECTOR_BYTES < bounds.at(-2)!)
        expect(outcome.refusal, `from ${from}`).toMatchObject({ code: 'CORRUPT' });
    }
  });

  it('is refused wherever bytes are missing from it', async () => {
    const { files, log, bounds } = await logOnly();
    for (let from = 16; from + 30 < bounds.at(-2)!; from += 31) {
      const cut = (content: Buffer): Buffer => Buffer.concat([content.subarray(0, from), content.subarray(from + 30)]);
      expect((await start(changed(files, log, cut))).refusal, `from ${from}`).not.toBeNull();
    }
  });

  it('is refused in an earlier file, too, whatever happens to it', async () => {
    const { files } = await killed(4);
    const bare = without(files, /^snapshot\.[^0]/);
    const [first, second] = logsAmong([...bare.keys()]).map(({ name }) => name);
    expect(second).toBeDefined();
    const { length } = bare.get(first!)!;
    for (let at = 16; at < length; at += 3) {
      const cut = await start(changed(bare, first!, (content) => content.subarray(0, at)));
      expect(cut.refusal, `cut at ${at}`).not.toBeNull();
    }
  });
});

describe('a damaged snapshot', () => {
  it('is passed over for the one before it and the logs, whichever byte is wrong', async () => {
    const { files, digest } = await killed(5);
    const { snapshot } = newestOf(files);
    const { length } = files.get(snapshot)!;
    for (let at = 0; at < length; at += 2) {
      const damaged = changed(files, snapshot, (content) => {
        content[at]! ^= 1;
        return content;
      });
      expect(await start(damaged), `byte ${at}`).toEqual({ refusal: null, lastZxid: TXNS, digest });
    }
  });

  it('is refused when it is the only one', async () => {
    const { files } = await killed(1000);
    const { snapshot } = newestOf(files);
    const alone = new Map([[snapshot, files.get(snapshot)!]]);
    expect((await start(alone)).lastZxid).toBe(TXNS);
    for (const edit of [
      (content: Buffer) => content.subarray(0, 100),
      (content: Buffer) => content.subarray(0, 0),
      (content: Buffer) => content.fill(1, 60, 61),
    ]) {
      expect((await start(changed(alone, snapshot, edit))).refusal).toMatchObject({ code: 'CORRUPT' });
    }
  });
});

describe('files that are missing', () => {
  it('are noticed: every snapshot, while there are logs', async () => {
    const { files } = await killed(4);
    const { refusal } = await start(without(files, /^snapshot/));
    expect(refusal).toMatchObject({ code: 'INCOMPLETE', file: DIRECTORY });
  });

  it('are noticed: a snapshot that the oldest log begins behind', async () => {
    const { files } = await killed(4);
    const [oldest] = logsAmong([...files.keys()]);
    const bare = without(files, /^snapshot\.[^0]/);
    const { refusal } = await start(without(bare, new RegExp(`^${oldest!.name}$`)));
    expect(refusal).toMatchObject({ code: 'INCOMPLETE' });
    expect(refusal?.file).toMatch(/\/log\./);
  });

  it('are noticed: the last log, although the server did not stop in good order', async () => {
    const { files } = await killed(4);
    const { log } = newestOf(files);
    const bare = without(files, /^snapshot\.[^0]/);
    const { refusal } = await start(without(bare, new RegExp(`^${log}$`)));
    expect(refusal).toMatchObject({ code: 'INCOMPLETE', message: expect.stringMatching(/had acknowledged/) as string });
  });

  it('are noticed: the last log, although a snapshot was taken after it was started', async () => {
    const { files } = await killed(4);
    const { log, snapshot } = newestOf(files);
    const [{ zxid: first }, { zxid: taken }] = [logsAmong([log])[0]!, snapshotsAmong([snapshot])[0]!];
    expect(taken).toBeGreaterThan(first);
    const { refusal } = await start(without(files, new RegExp(`^${log}$`)));
    expect(refusal).toMatchObject({ code: 'INCOMPLETE', message: expect.stringContaining(`${log} is gone`) as string });
  });
});
