import type { Zxid } from '../../protocol/zxid.js';
import { counterOf } from '../../protocol/zxid.js';
import { Fifo } from '../../runtime/fifo.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { Unfinished } from './unfinished.js';
import type { WriteInPlace } from './write-in-place.js';

/** Everything between "logged" and "applied", in zxid order. */
export class CommitQueue {
  private readonly items = new Fifo<Unfinished | WriteInPlace>();
  private lastZxid = 0 as Zxid;

  /** The zxid of the next transaction. Counter 0 names no transaction: it is where an epoch begins. */
  nextZxid(lastApplied: Zxid): Zxid {
    const next = (Math.max(this.lastZxid, lastApplied) + 1) as Zxid;
    return counterOf(next) === 0 ? ((next + 1) as Zxid) : next;
  }

  push(item: Unfinished | WriteInPlace): void {
    this.lastZxid = item.zxid;
    this.items.push(item);
  }

  /** The oldest one that is committed, taken out; null when none is. */
  shiftUpTo(committed: CommittedZxid): Unfinished | WriteInPlace | null {
    const next = this.items.peek();
    if (next === undefined || next.zxid > committed) return null;
    this.items.shift();
    return next;
  }
}
