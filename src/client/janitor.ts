import { OpCode } from '../protocol/op-codes.js';
import type { Timer } from '../runtime/timers.js';
import { backoffMs } from './backoff.js';
import type { ClientCore } from './client-core.js';
import { ClosedError, KeeperError, NoNodeError, QueueFullError } from './errors.js';
import type { CleanupOutcome } from './operation-types.js';

export interface CleanupJob {
  /** The server's path. */
  readonly path: string;
  readonly version: number;
  /** Session that owns the node, if it is ephemeral. */
  readonly sessionId: bigint | null;
  /** See GuaranteedDeleteOptions; null: any node of the path. */
  readonly czxidMax: number | null;
}

interface Work {
  readonly job: CleanupJob;
  readonly done: Promise<CleanupOutcome>;
}

/**
 * Deletes waiting at once. Refusing one leaves a node that blocks whoever waits behind it, so the bound lies beyond the
 * nodes that one session can sensibly own: it is there for a caller that asks without end.
 */
const JOBS_MAX = 1_000_000;

/**
 * Deletes that must happen sooner or later: retried until the node is gone, over reconnections, while the client lives.
 * Two requests for the same node are one.
 */
export class Janitor {
  private readonly core: ClientCore;
  private readonly works = new Map<string, Work>();
  private readonly pauses = new Map<Timer, () => void>();
  private isClosed = false;

  constructor(core: ClientCore) {
    this.core = core;
  }

  get pendingCount(): number {
    return this.works.size;
  }

  delete(job: CleanupJob): Promise<CleanupOutcome> {
    const key = `${job.version} ${job.sessionId ?? ''} ${job.czxidMax ?? ''} ${job.path}`;
    const same = this.works.get(key);
    if (same !== undefined) return same.done;
    if (this.works.size >= JOBS_MAX) {
      return Promise.resolve(this.fail(job, new QueueFullError({ path: job.path, op: 'delete' })));
    }
    const done = this.run(job).finally(() => this.works.delete(key));
    this.works.set(key, { job, done });
    return done;
  }

  /** Lets go of everything; what was not done yet ends as `closed`. */
  close(): void {
    this.isClosed = true;
    for (const [timer, goOn] of this.pauses) {
      timer.cancel();
      goOn();
    }
    this.pauses.clear();
  }

  private async run(job: CleanupJob): Promise<CleanupOutcome> {
    const { path, version } = job;
    let { czxidMax } = job;
    for (let round = 0; ; round++) {
      if (this.isClosed) return 'closed';
      if (this.isSessionOver(job)) return 'session-ended';
      try {
        if (czxidMax !== null) {
          const czxid = await this.look(path);
          if (czxid > czxidMax) return 'missing';
          czxidMax = czxid;
        }
        await this.core.request(OpCode.delete, { path, version }, { path, wait: {} });
        return 'deleted';
      } catch (error) {
        if (error instanceof NoNodeError) return 'missing';
        if (error instanceof ClosedError) return 'closed';
        if (!(error instanceof KeeperError) || !error.retryable) return this.fail(job, error);
      }
      await this.pause(round);
    }
  }

  /** When the node was made that is there now. The sync: an earlier server may know more than this one. */
  private async look(path: string): Promise<number> {
    const [, { stat }] = await Promise.all([
      this.core.request(OpCode.sync, { path }, { path, wait: {} }),
      this.core.request(OpCode.exists, { path, watch: false }, { path, wait: {} }),
    ]);
    return stat.czxid;
  }

  private isSessionOver({ sessionId }: CleanupJob): boolean {
    const { session } = this.core.driver;
    return sessionId !== null && (session.id !== sessionId || session.signal.aborted);
  }

  private pause(round: number): Promise<void> {
    const { backoff, runtime } = this.core.options;
    if (this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = runtime.timers.after(backoffMs(backoff, round, runtime.random), () => {
        this.pauses.delete(timer);
        resolve();
      });
      this.pauses.set(timer, resolve);
    });
  }

  private fail({ path }: CleanupJob, cause: unknown): CleanupOutcome {
    const text = 'a guaranteed delete failed';
    const error = cause instanceof KeeperError ? cause : new KeeperError({ code: 'UNKNOWN', rc: -1, text }, { cause });
    this.core.options.logger.warn(text, { err: error, path });
    this.core.driver.emitter.emit('cleanupFailed', { path, error });
    return 'failed';
  }
}
