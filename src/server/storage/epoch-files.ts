import { Mutex } from 'async-mutex';
import { EPOCH_MAX, epochOf, formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { Disk } from './disk.js';
import { rewrite } from './rewrite.js';
import { StorageError } from './storage-error.js';

const ACCEPTED = 'acceptedEpoch';
const CURRENT = 'currentEpoch';
/** More digits than any epoch has are no number of ours. */
const EPOCH_TEXT = /^\d{1,10}$/;

/** What a directory says about epochs, before anything is done about what is missing. */
export interface FoundEpochs {
  readonly accepted: number;
  readonly current: number;
  /** The file is not there: the value follows from the last transaction. */
  readonly acceptedIsMissing: boolean;
  readonly currentIsMissing: boolean;
  /** The value stands in `currentEpoch.tmp`: a crash came before it was renamed. */
  readonly currentIsUnfinished: boolean;
}

/**
 * Reads the epoch files as storage-format 1.4 has it, and changes nothing. Rejects with a StorageError when they contradict each
 * other or the last transaction: a server that had forgotten a promise could help two leaders into one epoch.
 */
export async function readEpochs(disk: Disk, directory: string, lastZxid: Zxid): Promise<FoundEpochs> {
  const lastEpoch = epochOf(lastZxid);
  const acceptedFound = await readAcceptedEpoch(disk, directory);
  const currentFound = await readEpoch(disk, `${directory}/${CURRENT}`);
  const accepted = acceptedFound ?? lastEpoch;
  let current = currentFound ?? lastEpoch;
  const isTooOld = current < lastEpoch;
  if (isTooOld) current = await unfinishedEpoch({ disk, directory, lastZxid, accepted, current });
  if (accepted < current) {
    throw refusal(
      `${directory}/${ACCEPTED}`,
      `it says ${accepted}, which is before epoch ${current} in ${currentFound === null ? 'the log' : CURRENT}`,
    );
  }
  return {
    accepted,
    current,
    acceptedIsMissing: acceptedFound === null,
    currentIsMissing: currentFound === null,
    currentIsUnfinished: isTooOld,
  };
}

/** Null without the file. */
export function readAcceptedEpoch(disk: Disk, directory: string): Promise<number | null> {
  return readEpoch(disk, `${directory}/${ACCEPTED}`);
}

/** Only an epoch that the log reaches, and that was accepted, can have been under way. */
async function unfinishedEpoch(found: {
  readonly disk: Disk;
  readonly directory: string;
  readonly lastZxid: Zxid;
  readonly accepted: number;
  readonly current: number;
}): Promise<number> {
  const { disk, directory, lastZxid, accepted } = found;
  const unfinished = await readEpoch(disk, unfinishedName(`${directory}/${CURRENT}`)).catch((error: unknown) => {
    if (error instanceof StorageError) return null;
    throw error;
  });
  if (unfinished !== null && unfinished >= epochOf(lastZxid) && unfinished <= accepted) return unfinished;
  throw refusal(
    `${directory}/${CURRENT}`,
    `it says ${found.current}, but the last transaction is 0x${formatZxid(lastZxid)}, of epoch ${epochOf(lastZxid)}`,
  );
}

async function readEpoch(disk: Disk, path: string): Promise<number | null> {
  if ((await disk.stat(path)) === null) return null;
  const file = await disk.openForRead(path);
  try {
    const bytes = Buffer.alloc(Math.min(await file.sizeBytes(), 64));
    await file.read(bytes, 0);
    const line = bytes.toString('latin1').split('\n', 1)[0]!.trim();
    const epoch = EPOCH_TEXT.test(line) ? Number(line) : NaN;
    if (epoch <= EPOCH_MAX) return epoch;
    throw refusal(path, `its first line is ${JSON.stringify(line)}, not an epoch from 0 to ${EPOCH_MAX}`);
  } finally {
    await file.close();
  }
}

function refusal(file: string, what: string): StorageError {
  return new StorageError({
    code: 'CORRUPT',
    file,
    what,
    advice: 'Restore the directory from a backup, or empty it: the leader then sends everything',
  });
}

function unfinishedName(path: string): string {
  return `${path}.tmp`;
}

/**
 * The epochs that this server has promised (`acceptedEpoch`) and whose history it has taken over (`currentEpoch`), as on the
 * device: a value here changes only after its file (quorum-protocol 4.3). Calls wait for each other.
 *
 * After every crash acceptedEpoch >= currentEpoch >= the epoch of the last logged transaction. For the second part a record of
 * a new epoch is announced first, in `currentEpoch.tmp`, and confirmed by renaming that when the record is durable. So the
 * file runs ahead of the log at no moment, and where it lags behind, the announcement says how far: Apache ZooKeeper
 * reads it, too.
 */
export class EpochFiles {
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly mutex = new Mutex();
  private acceptedEpoch: number;
  private currentEpoch: number;
  private announced: number | null = null;

  private constructor(disk: Disk, directory: string, { accepted, current }: FoundEpochs) {
    this.disk = disk;
    this.directory = directory;
    this.acceptedEpoch = accepted;
    this.currentEpoch = current;
  }

  /** Completes what was found, makes sure of it, and removes what writes left unfinished. */
  static async open(disk: Disk, directory: string, found: FoundEpochs): Promise<EpochFiles> {
    const files = new EpochFiles(disk, directory, found);
    if (found.acceptedIsMissing) await files.replace(ACCEPTED, found.accepted);
    if (found.currentIsUnfinished) {
      await rewrite(disk, files.path(unfinishedName(CURRENT)));
      await disk.rename(files.path(unfinishedName(CURRENT)), files.path(CURRENT));
    } else if (found.currentIsMissing) {
      await files.replace(CURRENT, found.current);
    }
    for (const name of [ACCEPTED, CURRENT]) {
      const leftover = files.path(unfinishedName(name));
      if ((await disk.stat(leftover)) !== null) await disk.unlink(leftover);
    }
    // A process that was killed may have renamed one in the memory of the system only.
    await disk.syncDirectory(directory);
    return files;
  }

  /** The newest epoch that this server has promised to follow. */
  get accepted(): number {
    return this.acceptedEpoch;
  }

  /** The newest epoch whose initial history this server has on its device. */
  get current(): number {
    return this.currentEpoch;
  }

  /** Resolves when no server will be helped into an epoch before this one. */
  accept(epoch: number): Promise<void> {
    return this.mutex.runExclusive(async () => {
      if (epoch === this.acceptedEpoch) return;
      if (!(epoch > this.acceptedEpoch && epoch <= EPOCH_MAX)) {
        throw new RangeError(
          `epoch ${epoch} cannot be accepted: ${this.acceptedEpoch} was, and ${EPOCH_MAX} is the last`,
        );
      }
      await this.replace(ACCEPTED, epoch);
      this.acceptedEpoch = epoch;
    });
  }

  /** Resolves when `currentEpoch` says so. The history must be durable. */
  enter(epoch: number): Promise<void> {
    return this.mutex.runExclusive(async () => {
      if (epoch === this.currentEpoch) return;
      if (!(epoch > this.currentEpoch && epoch <= this.acceptedEpoch)) {
        throw new RangeError(
          `epoch ${epoch} cannot be entered: ${this.currentEpoch} was, and ${this.acceptedEpoch} is the last accepted`,
        );
      }
      if (this.announced !== null) throw new Error(`epoch ${this.announced} was announced, but never confirmed`);
      await this.replace(CURRENT, epoch);
      this.currentEpoch = epoch;
    });
  }

  /** Resolves when something of a later epoch may become durable; it must be confirmed before the next announcement. */
  announce(epoch: number): Promise<void> {
    return this.mutex.runExclusive(async () => {
      if (epoch <= this.currentEpoch || epoch === this.announced) return;
      if (this.announced !== null) throw new Error(`epoch ${this.announced} was announced, but never confirmed`);
      await this.writeUnfinished(CURRENT, epoch);
      await this.disk.syncDirectory(this.directory);
      this.announced = epoch;
    });
  }

  /** What was announced is durable. */
  confirm(): Promise<void> {
    return this.mutex.runExclusive(async () => {
      if (this.announced === null) return;
      await this.disk.rename(this.path(unfinishedName(CURRENT)), this.path(CURRENT));
      await this.disk.syncDirectory(this.directory);
      this.currentEpoch = this.announced;
      this.announced = null;
    });
  }

  private async replace(name: string, epoch: number): Promise<void> {
    await this.writeUnfinished(name, epoch);
    await this.disk.rename(this.path(unfinishedName(name)), this.path(name));
    await this.disk.syncDirectory(this.directory);
  }

  /** Decimal digits and nothing else, as Apache ZooKeeper writes it. */
  private async writeUnfinished(name: string, epoch: number): Promise<void> {
    const file = await this.disk.create(this.path(unfinishedName(name)));
    try {
      await file.write(Buffer.from(String(epoch)), 0);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  private path(name: string): string {
    return `${this.directory}/${name}`;
  }
}
