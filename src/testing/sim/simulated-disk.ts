import type { DiskAction } from '../../server/storage/memory-disk.js';
import { MemoryDisk } from '../../server/storage/memory-disk.js';
import type { SeededRandom } from './seeded-random.js';
import type { SimProcess } from './sim-process.js';
import type { Tally } from './tally.js';
import type { VirtualClock } from './virtual-clock.js';

export interface SimulatedDiskOptions {
  readonly random: SeededRandom;
  readonly tally: Tally;
  /** Whose time the strikes of fate keep. */
  readonly outside: SimProcess;
  readonly clock: VirtualClock;
  /** Of a sync, ms: most take little more than the least. */
  readonly syncMinMs: number;
  readonly syncMaxMs: number;
  /** A power loss may keep the end of what was written without a sync and lose its beginning. */
  readonly reordersSectors: boolean;
}

const OTHERS_MAX_MS = 2;

/**
 * A server's disk. It takes time; it can be told to be slow, to fail a sync, to be full; and when power is lost it keeps
 * of what was not synced whatever chance says.
 */
export class SimulatedDisk {
  readonly disk: MemoryDisk;
  /** Told of a file that is about to be deleted. */
  onUnlink: (path: string) => void = () => undefined;
  /** Step of the world in which what the device has may have changed last, its names included. */
  changedAtStep = 0;
  /** Requests that it has failed, ever. */
  failures = 0;
  private readonly options: SimulatedDiskOptions;
  private user: SimProcess | null = null;
  private syncsToFail = 0;
  private isFull = false;
  private slowness = 1;
  /** What happens in the middle of one of the next actions. */
  private strike: { actionsLeft: number; readonly inLogSync: boolean; readonly fn: () => void } | null = null;
  private hasFailed = false;
  /** At a power loss, sectors of one write met different fates, and no server has started on them yet. */
  private hasReorderedSectors = false;

  constructor(options: SimulatedDiskOptions) {
    this.options = options;
    const busy = (action: DiskAction, path: string): Promise<void> => this.busy(action, path);
    const busyAtOnce = (action: DiskAction, path: string): void => this.busyAtOnce(action, path);
    this.disk = new MemoryDisk({ tracksSync: true, device: { busy, busyAtOnce } });
    this.disk.intercept((action, path) => this.check(action, path));
  }

  /** From now on it is this process that waits for the disk. */
  attach(user: SimProcess): void {
    this.user = user;
  }

  /** The next sync of a log fails. */
  failSync(): void {
    this.syncsToFail = 1;
  }

  /** Nothing can be written, or again. */
  setFull(isFull: boolean): void {
    this.isFull = isFull;
  }

  /** In the middle of the n-th action from now this happens; that action never ends. */
  strikeIn(actions: number, fn: () => void): void {
    this.strike = { actionsLeft: actions, inLogSync: false, fn };
  }

  /** The same in the middle of the next sync of a log. */
  strikeInLogSync(fn: () => void): void {
    this.strike = { actionsLeft: 1, inLogSync: true, fn };
  }

  /** Syncs take so many times longer. */
  setSlowness(slowness: number): void {
    this.slowness = slowness;
  }

  /** Whether it fails or may fail what it is asked to do. */
  get hasTrouble(): boolean {
    return this.isFull || this.syncsToFail > 0 || this.hasFailed;
  }

  /** Whether what is on the disk may be damage in the eyes of a server that must not guess. */
  get mayLookDamaged(): boolean {
    return this.hasReorderedSectors;
  }

  /** A server has read everything on it: what it finds damaged later, no power loss of before explains. */
  wasRead(): void {
    this.hasReorderedSectors = false;
  }

  heal(): void {
    this.hasFailed = false;
    this.strike = null;
    this.syncsToFail = 0;
    this.isFull = false;
    this.slowness = 1;
  }

  /** The process that used the disk is dead. What it wrote is in the system's memory, and as unsafe as before. */
  processDied(): void {
    this.disk.abandon();
  }

  powerLost(): void {
    this.changed();
    const { random, tally, reordersSectors } = this.options;
    // Often all or nothing of what was unsynced survives; else each write or sector for itself.
    const mood = random.pick(['nothing', 'everything', 'torn', 'torn']);
    const namesKept = random.pick([0, 0.5, 1]);
    const nameKept = (): boolean => random.chance(namesKept);
    if (mood === 'torn' && reordersSectors) {
      this.hasReorderedSectors = true;
      tally.count('sectors arrived in any order');
      this.disk.crash({ sectorWritesKept: ({ writes }) => random.below(writes + 1), nameKept });
    } else {
      const cuts = new Cuts(random, mood);
      this.disk.crash({ bytesKept: ({ path, length }) => cuts.kept(path, length), nameKept });
      tally.count('write torn by a power loss', cuts.torn);
    }
  }

  /** The operator follows the advice of a server that refuses to start: everything in a file from there on goes. */
  async cutOff(path: string, offset: number): Promise<void> {
    const file = await this.disk.openForUpdate(path);
    await file.truncate(offset);
    await file.datasync();
    await file.close();
  }

  private async busy(action: DiskAction, path: string): Promise<void> {
    const { user } = this;
    if (user === null) return this.changed();
    const { random, syncMinMs, syncMaxMs } = this.options;
    const ms =
      action === 'sync' ? random.skewed(syncMinMs, syncMaxMs) * this.slowness : random.skewed(0, OTHERS_MAX_MS);
    if (action !== 'read' && this.isStruck(action === 'sync' && isLog(path))) {
      this.options.outside.after(random.between(0, ms), this.takeStrike());
      return never();
    }
    await user.wait(ms);
    this.changed();
    this.failIfDue(action, path);
  }

  /** Nothing strikes in the middle of what is over at once. */
  private busyAtOnce(action: DiskAction, path: string): void {
    this.changed();
    this.options.tally.count('sync of the log at once');
    this.failIfDue(action, path);
  }

  /** What an action does to the device it does before the next step. */
  private changed(): void {
    this.changedAtStep = this.options.clock.stepCount;
  }

  private failIfDue(action: DiskAction, path: string): void {
    if (action !== 'sync' || this.syncsToFail === 0 || !isLog(path)) return;
    this.syncsToFail -= 1;
    this.hasFailed = true;
    this.failures += 1;
    this.options.tally.count('sync of the log failed');
    throw diskError('EIO', `sync of ${path}`);
  }

  private isStruck(isLogSync: boolean): boolean {
    if (this.strike === null || (this.strike.inLogSync && !isLogSync)) return false;
    this.strike.actionsLeft -= 1;
    return this.strike.actionsLeft <= 0;
  }

  private takeStrike(): () => void {
    const fn = this.strike?.fn ?? ((): void => undefined);
    this.strike = null;
    return fn;
  }

  private check(action: DiskAction, path: string): void {
    if (action === 'unlink') this.onUnlink(path);
    if (!this.isFull || (action !== 'write' && action !== 'create')) return;
    this.failures += 1;
    this.options.tally.count('write refused by a full disk');
    throw diskError('ENOSPC', `${action} of ${path}`);
  }
}

/** Up to where the unsynced writes of each file arrived, in order. */
class Cuts {
  torn = 0;
  private readonly random: SeededRandom;
  private readonly mood: 'nothing' | 'everything' | 'torn';
  private readonly over = new Set<string>();

  constructor(random: SeededRandom, mood: Cuts['mood']) {
    this.random = random;
    this.mood = mood;
  }

  kept(path: string, length: number): number {
    if (this.mood !== 'torn') return this.mood === 'everything' ? length : 0;
    if (this.over.has(path)) return 0;
    if (this.random.chance(0.5)) return length;
    this.over.add(path);
    const kept = this.random.below(length + 1);
    if (kept > 0 && kept < length) this.torn += 1;
    return kept;
  }
}

function never(): Promise<void> {
  return new Promise(() => undefined);
}

function isLog(path: string): boolean {
  return path.includes('/log.');
}

function diskError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
