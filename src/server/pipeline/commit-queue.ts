import type { Zxid } from '../../protocol/zxid.js';
import { counterOf } from '../../protocol/zxid.js';
import { Fifo } from '../../runtime/fifo.js';
import type { Proposal } from '../tree/proposal.js';
import type { DurableZxid } from './durable-zxid.js';
import type { PendingRequest } from './request-queue.js';

/** A transaction that waits for the disk, with the request it answers (null: the server's own). */
export interface Unfinished {
  readonly proposal: Proposal;
  readonly request: PendingRequest | null;
}

/** Everything between "logged" and "applied", in zxid order. */
export class CommitQueue {
  private readonly items = new Fifo<Unfinished>();
  private lastZxid = 0 as Zxid;

  /** The zxid of the next transaction. Counter 0 names no transaction: it is where an epoch begins. */
  nextZxid(lastApplied: Zxid): Zxid {
    const next = (Math.max(this.lastZxid, lastApplied) + 1) as Zxid;
    return counterOf(next) === 0 ? ((next + 1) as Zxid) : next;
  }

  push(proposal: Proposal, request: PendingRequest | null): void {
    this.lastZxid = proposal.header.zxid;
    this.items.push({ proposal, request });
  }

  /** The oldest one that is on disk, taken out; null when none is. */
  shiftUpTo(durable: DurableZxid): Unfinished | null {
    const next = this.items.peek();
    if (next === undefined || next.proposal.header.zxid > durable) return null;
    this.items.shift();
    return next;
  }
}
