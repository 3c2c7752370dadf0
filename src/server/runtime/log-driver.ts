import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Clock, Timers } from '../../runtime/index.js';
import type { DurableZxid } from '../zab/durable.js';
import type { LogEntry, TxnLog } from '../pipeline/txn-log.js';
import { InlineSyncRule } from './inline-sync-rule.js';

/** The log as its driver needs it. */
export interface CommittableLog {
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void;
  appendEntry(entry: LogEntry): void;
  /** Resolves when everything appended before is on the device. */
  commit(): Promise<DurableZxid>;
  /** The same at once, holding up everything else; null when it cannot be done now. */
  commitAtOnce(): DurableZxid | null;
}

/** Where answers gather, as far as the driver has a say in when they are sent. */
export interface Outbox {
  /** Sends what there is. */
  flush(): void;
  /** What comes from now on waits for {@link release}. */
  hold(): void;
  /** `atOnce`: it is sent before this returns. */
  release(atOnce: boolean): void;
}

export interface LogDriverDeps {
  readonly log: CommittableLog;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** Told up to where everything is on the device. */
  readonly deliver: (durable: DurableZxid) => void;
}

/**
 * Group commit: what one turn of the event loop appended goes to disk in one sync. That sync runs in the thread pool,
 * while the next group fills, or, when nobody else would be held up, inline. Nothing is acknowledged after a failure.
 */
export class LogDriver implements TxnLog {
  private readonly deps: LogDriverDeps;
  private readonly rule = new InlineSyncRule();
  private lastAppended = 0 as Zxid;
  private lastDelivered = 0;
  private isScheduled = false;
  private isCommitting = false;
  private committingSinceMs = 0;
  private hasFailed = false;
  private isLeading = false;
  private readonly whenDrained: (() => void)[] = [];

  constructor(deps: LogDriverDeps) {
    this.deps = deps;
  }

  /** A client has sent a request of whatever kind. */
  requested(): void {
    this.rule.requested();
  }

  /** A client asks for a session. */
  connected(): void {
    this.rule.connected();
  }

  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
    if (this.hasFailed) return;
    this.deps.log.append(header, txn, digest);
    this.appended(header.zxid);
  }

  appendEntry(entry: LogEntry): void {
    if (this.hasFailed) return;
    this.deps.log.appendEntry(entry);
    this.appended(entry.zxid);
  }

  /** What was appended is committed and delivered before this returns, if that can be: only for who is alone with the server. */
  commitAtOnce(): void {
    if (!this.isScheduled || this.hasFailed || this.isLeading) return;
    if (this.rule.isDevicePrompt(this.deps.clock.monotonicMs())) this.commitInline();
  }

  /**
   * The server leads: everybody waits for it, and a write of its own is committed as soon as two others have it. So it waits
   * inline for nobody's single write; several at once are worth it, as they are alone.
   */
  lead(): void {
    this.isLeading = true;
  }

  /** Resolves when nothing waits for the disk, or nothing ever will be acknowledged again. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.whenDrained.push(resolve);
      this.tellDrained();
    });
  }

  /** The storage said that it can take no more. */
  fail(): void {
    this.hasFailed = true;
    this.tellDrained();
  }

  private appended(zxid: Zxid): void {
    this.rule.wrote();
    this.lastAppended = zxid;
    if (!this.isScheduled && !this.isCommitting) this.schedule();
  }

  private schedule(): void {
    this.isScheduled = true;
    this.deps.timers.atTurnEnd(this.commit);
  }

  private readonly commit = (): void => {
    this.isScheduled = false;
    if (this.hasFailed) return;
    if (this.lastDelivered >= this.lastAppended) return this.tellDrained();
    if (this.isForInline() && this.commitForWriters()) return this.tellDrained();
    // What is proposed the others write down meanwhile.
    if (this.isLeading) this.deps.outbox.flush();
    this.commitInPool();
  };

  private isForInline(): boolean {
    if (this.isLeading && !this.rule.isGathering) return false;
    return this.rule.isInline(this.deps.clock.monotonicMs());
  }

  /** Whoever else is owed something gets it before the device is waited for, and its writers get theirs right after. */
  private commitForWriters(): boolean {
    const { outbox } = this.deps;
    outbox.flush();
    outbox.hold();
    try {
      return this.commitInline();
    } finally {
      outbox.release(true);
    }
  }

  /** False when the log cannot do that now, or has failed. */
  private commitInline(): boolean {
    const { log, clock } = this.deps;
    const startMs = clock.monotonicMs();
    const durable = log.commitAtOnce();
    if (durable === null) return false;
    const nowMs = clock.monotonicMs();
    this.rule.synced(nowMs - startMs, nowMs);
    this.deliver(durable);
    return true;
  }

  private commitInPool(): void {
    if (this.hasFailed) return;
    const { log, clock } = this.deps;
    this.isCommitting = true;
    this.committingSinceMs = clock.monotonicMs();
    log.commit().then(this.committed, () => this.fail());
  }

  private readonly committed = (durable: DurableZxid): void => {
    this.isCommitting = false;
    if (this.hasFailed) return;
    const nowMs = this.deps.clock.monotonicMs();
    this.rule.synced(nowMs - this.committingSinceMs, nowMs);
    if (durable < this.lastAppended) this.commitNext();
    this.deliver(durable);
    this.tellDrained();
  };

  /** The next group first: it is written while this one is applied and answered. Inline it would hold this one up. */
  private commitNext(): void {
    if (this.isForInline()) this.schedule();
    else this.commitInPool();
  }

  private deliver(durable: DurableZxid): void {
    this.lastDelivered = durable;
    this.deps.deliver(durable);
  }

  private tellDrained(): void {
    if (!this.hasFailed && (this.isScheduled || this.isCommitting)) return;
    for (const tell of this.whenDrained.splice(0)) tell();
  }
}
