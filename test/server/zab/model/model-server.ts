import type { Zxid } from '../../../../src/protocol/zxid.js';
import { CommittedLog } from '../../../../src/server/zab/committed-log.js';
import type { DurableZxid } from '../../../../src/server/zab/durable.js';
import type { Entry } from '../../../../src/server/zab/entry.js';
import { zxidText } from '../support/packets.js';
import type { ModelBook } from './model-book.js';
import { ModelDisk } from './model-disk.js';
import type { ModelWorld } from './model-world.js';

/** What a server is doing, as its disk and its world see it. */
export interface ModelRole {
  readonly isServing: boolean;
  logged(durable: DurableZxid): void;
  left(): void;
}

/** Of two kinds: what goes to the log is in order, what goes to files of epochs is, too; each waits for its own kind. */
type JobKind = 'log' | 'epoch';

/** Small, so that learners need the files, and snapshots, too. */
const COMMITTED_LOG = { entriesMax: 6, bytesMax: 10_000 };

/** One member: files, memory, and perhaps a role. */
export class ModelServer {
  readonly sid: number;
  readonly world: ModelWorld;
  readonly isObserver: boolean;
  readonly disk = new ModelDisk();
  readonly log = new CommittedLog(COMMITTED_LOG);
  readonly jobs: Record<JobKind, (() => void)[]> = { log: [], epoch: [] };
  /** Of the history: what the tree in memory has. */
  applied = 0;
  /** A leader's snapshot, and what came behind it: a history in memory only, until it is secured. */
  private received: { readonly history: Entry[]; readonly zxid: Zxid } | null = null;
  isUp = true;
  role: ModelRole | null = null;
  uncuttableIn = 0;
  private isFlushing = false;

  constructor(sid: number, world: ModelWorld, { isObserver }: { isObserver: boolean }) {
    this.sid = sid;
    this.world = world;
    this.isObserver = isObserver;
  }

  get book(): ModelBook {
    return this.world.book;
  }

  /** It may vote: everything that it had begun to write is on its disk. */
  get isLooking(): boolean {
    return this.isUp && this.role === null && this.jobs.log.length === 0 && this.jobs.epoch.length === 0;
  }

  get history(): readonly Entry[] {
    return this.received?.history ?? this.disk.history;
  }

  append(entry: Entry): void {
    if (this.received !== null) {
      this.received.history.push(entry);
    } else {
      this.disk.append(entry);
      this.flush();
    }
  }

  receive(tree: readonly Entry[], zxid: Zxid): void {
    this.received = { history: [...tree], zxid };
    this.applied = tree.length;
    this.log.reset();
  }

  /** Everything that is committed becomes durable, and all that was logged. */
  secure(): void {
    const { received, applied } = this;
    this.received = null;
    if (received === null) {
      this.disk.durableCount = this.disk.history.length;
    } else {
      const tree = received.history.slice(0, applied);
      this.disk.install(tree, Math.max(tree.at(-1)?.zxid ?? 0, received.zxid) as Zxid);
      for (const entry of received.history.slice(applied)) this.append(entry);
    }
  }

  commit(upTo: Zxid): readonly Entry[] {
    const { history } = this;
    const from = this.applied;
    while (this.applied < history.length && history[this.applied]!.zxid <= upTo) this.applied++;
    if (history[this.applied - 1]?.zxid !== upTo) throw new Error(`server ${this.sid} commits what it has not`);
    return history.slice(from, this.applied);
  }

  /** Memory is as the files are: what the log holds is history, committed or not. */
  reload(): void {
    this.received = null;
    this.applied = this.disk.history.length;
    this.log.reset(this.disk.history);
  }

  job(kind: JobKind, run: () => void): void {
    this.jobs[kind].push(run);
  }

  runJob(kind: JobKind): boolean {
    const run = this.jobs[kind].shift();
    run?.();
    return run !== undefined;
  }

  endRole(): void {
    const { role } = this;
    this.world.note(this.sid, 'leaves its role');
    this.role = null;
    role?.left();
    this.job('log', () => this.reload());
    this.flush();
  }

  crash(): void {
    const { random } = this.world;
    for (const kind of ['log', 'epoch'] as const) {
      // It may have been done, and nobody been told.
      const { role } = this;
      role?.left();
      this.role = null;
      if (random.chance(0.3)) this.runJob(kind);
      this.jobs[kind].length = 0;
    }
    this.isFlushing = false;
    this.isUp = false;
    this.disk.crash(random);
    this.world.note(this.sid, `crashes; left are ${zxidText(this.disk.last)}, accepted ${this.disk.accepted}`);
  }

  restart(): void {
    this.isUp = true;
    this.reload();
  }

  private flush(): void {
    if (this.isFlushing || this.disk.durableCount === this.disk.history.length) return;
    this.isFlushing = true;
    const count = this.disk.history.length;
    this.job('log', () => {
      this.isFlushing = false;
      this.disk.durableCount = Math.max(this.disk.durableCount, Math.min(count, this.disk.history.length));
      this.role?.logged(this.disk.lastDurable as DurableZxid);
      this.flush();
    });
  }
}
