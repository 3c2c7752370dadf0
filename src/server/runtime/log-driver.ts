import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { Timers } from '../../runtime/index.js';
import type { DurableZxid } from '../pipeline/durable-zxid.js';
import type { LogEntry, TxnLog } from '../pipeline/txn-log.js';

/** The log as its driver needs it. */
export interface CommittableLog {
  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void;
  appendEntry(entry: LogEntry): void;
  /** Resolves when everything appended before is on the device. */
  commit(): Promise<DurableZxid>;
  /** The same at once, holding up everything else; null when it cannot be done now. */
  commitAtOnce(): DurableZxid | null;
}

/**
 * Group commit: what one turn of the event loop appended goes to disk in one sync, and while that sync runs the next
 * group fills. Nothing is acknowledged after a failure.
 */
export class LogDriver implements TxnLog {
  private readonly log: CommittableLog;
  private readonly timers: Timers;
  private readonly deliver: (durable: DurableZxid) => void;
  private lastAppended = 0 as Zxid;
  private lastDelivered = 0;
  private isScheduled = false;
  private isCommitting = false;
  private hasFailed = false;
  private readonly whenDrained: (() => void)[] = [];

  constructor(log: CommittableLog, timers: Timers, deliver: (durable: DurableZxid) => void) {
    this.log = log;
    this.timers = timers;
    this.deliver = (durable) => {
      this.lastDelivered = durable;
      deliver(durable);
    };
  }

  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
    if (this.hasFailed) return;
    this.log.append(header, txn, digest);
    this.appended(header.zxid);
  }

  appendEntry(entry: LogEntry): void {
    if (this.hasFailed) return;
    this.log.appendEntry(entry);
    this.appended(entry.zxid);
  }

  private appended(zxid: Zxid): void {
    this.lastAppended = zxid;
    if (this.isScheduled || this.isCommitting) return;
    this.isScheduled = true;
    this.timers.atTurnEnd(this.commit);
  }

  /** What was appended is committed and delivered before this returns, if that can be: only for who is alone with the server. */
  commitAtOnce(): void {
    if (!this.isScheduled || this.hasFailed) return;
    const durable = this.log.commitAtOnce();
    if (durable !== null) this.deliver(durable);
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

  private readonly commit = (): void => {
    this.isScheduled = false;
    if (this.hasFailed) return;
    if (this.lastDelivered >= this.lastAppended) return this.tellDrained();
    this.isCommitting = true;
    this.log.commit().then(this.committed, () => this.fail());
  };

  private readonly committed = (durable: DurableZxid): void => {
    this.isCommitting = false;
    if (this.hasFailed) return;
    // The next group first: it is written while this one is applied and answered.
    if (durable < this.lastAppended) this.commit();
    this.deliver(durable);
    this.tellDrained();
  };

  private tellDrained(): void {
    if (!this.hasFailed && (this.isScheduled || this.isCommitting)) return;
    for (const tell of this.whenDrained.splice(0)) tell();
  }
}
