import type { TxnBook } from './txn-book.js';
import type { Electorate, Membership } from './voters.js';
import { isQuorum } from './voters.js';
import { epochOf } from './zxids.js';

export interface ElectoratesOptions {
  readonly first: Electorate;
  readonly book: Pick<TxnBook, 'memberships'>;
  /** Whether the device of this server has a transaction. */
  readonly has: (sid: number, zxid: number) => boolean;
}

/**
 * Who votes, as the devices tell it: members that a transaction proposes are in force as soon as a quorum of the old and a
 * quorum of the new ones have it, and never go back.
 */
export class Electorates {
  private readonly options: ElectoratesOptions;
  private inForce: Electorate;
  /** Of the transaction that has made it so. */
  private version = 0;
  /** Members proposed in earlier epochs are in force by now, or in nobody's history. */
  private epoch = 0;

  constructor(options: ElectoratesOptions) {
    this.options = options;
    this.inForce = options.first;
  }

  get current(): Electorate {
    for (const [zxid, members] of this.proposed()) {
      const isHeld = (sid: number): boolean => this.options.has(sid, zxid);
      if (!isQuorum(this.inForce, isHeld) || !isQuorum(members, isHeld)) continue;
      this.inForce = members;
      this.version = zxid;
    }
    return this.inForce;
  }

  /** Whether a server's device has members behind which nothing is safe that only the current ones have. */
  isBeyond(sid: number, zxid: number): boolean {
    return this.proposed().some(([version]) => version <= zxid && this.options.has(sid, version));
  }

  /**
   * A leader of this epoch serves: whatever it does not know by now never comes to be. The members that its NEWLEADER told of are
   * in force when a quorum of both took them, though their transaction may be in nobody's log.
   */
  established(epoch: number, offered: Membership | null = null, taken: (sid: number) => boolean = () => false): void {
    const { current } = this;
    this.epoch = Math.max(this.epoch, epoch);
    if (offered === null || offered.version <= this.version) return;
    if (!isQuorum(current, taken) || !isQuorum(offered.electorate, taken)) return;
    this.inForce = offered.electorate;
    this.version = offered.version;
  }

  private proposed(): [zxid: number, members: Electorate][] {
    const { memberships } = this.options.book;
    if (memberships.size === 0) return [];
    const open = [...memberships].filter(([zxid]) => zxid > this.version && epochOf(zxid) >= this.epoch);
    return open.sort(([a], [b]) => a - b);
  }
}
