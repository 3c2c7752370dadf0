import type { SafeGround } from '../answer-guard.js';
import type { DeviceHistory } from './device-history.js';
import { Electorates } from './electorates.js';
import type { TxnBook } from './txn-book.js';
import type { Electorate, Membership } from './voters.js';
import { isQuorum } from './voters.js';

export interface QuorumGroundOptions {
  /** In the beginning. */
  readonly electorate: Electorate;
  readonly devices: ReadonlyMap<number, DeviceHistory>;
  readonly book: TxnBook;
}

/** What an ensemble cannot forget though all of it lost its power at this moment: what a quorum's devices have. */
export class QuorumGround implements SafeGround {
  /** The newest transaction that any client was ever told of. */
  toldZxid = 0;
  private readonly options: QuorumGroundOptions;
  private readonly electorates: Electorates;

  constructor(options: QuorumGroundOptions) {
    this.options = options;
    const { electorate, book, devices } = options;
    const has = (sid: number, zxid: number): boolean => devices.get(sid)?.holds(zxid) === true;
    this.electorates = new Electorates({ first: electorate, book, has });
  }

  /** Who votes now. */
  get electorate(): Electorate {
    return this.electorates.current;
  }

  /** A leader of this epoch serves. */
  established(epoch: number, offered: Membership | null, taken: (sid: number) => boolean): void {
    this.electorates.established(epoch, offered, taken);
  }

  holds(zxid: number): boolean {
    return this.isQuorum((device, sid) => device.holds(zxid) && !this.electorates.isBeyond(sid, zxid));
  }

  isQuorum(has: (device: DeviceHistory, sid: number) => boolean): boolean {
    const { devices } = this.options;
    return isQuorum(this.electorate, (sid) => {
      const device = devices.get(sid);
      return device !== undefined && has(device, sid);
    });
  }

  lastZxid(wanted: number): number {
    if (this.holds(wanted)) {
      this.toldZxid = Math.max(this.toldZxid, wanted);
      return wanted;
    }
    const held = [...this.options.devices.values()].map(({ lastZxid }) => lastZxid).filter((zxid) => zxid < wanted);
    return held.sort((a, b) => b - a).find((zxid) => this.holds(zxid)) ?? 0;
  }

  /** That it has ended meanwhile a server that was cut off from the others cannot know. */
  mayBeLetIn(sessionId: bigint): boolean {
    this.look();
    const session = this.options.book.session(sessionId);
    return session !== null && this.holdsOneOf(session.begun);
  }

  mayBeCalledOver(sessionId: bigint): boolean {
    this.look();
    const session = this.options.book.session(sessionId);
    return session === null || !this.holdsOneOf(session.begun) || this.holdsOneOf(session.ended);
  }

  private holdsOneOf(zxids: ReadonlySet<number>): boolean {
    return [...zxids].some((zxid) => this.holds(zxid));
  }

  /** The book is written by whoever reads the devices. */
  private look(): void {
    for (const device of this.options.devices.values()) device.refresh();
  }
}
