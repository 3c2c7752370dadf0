import { makeZxid, type Zxid } from '../../protocol/zxid.js';
import type { AckSets } from './ack-sets.js';
import type { Quorums } from './quorums.js';

/** How recent a history is: the epoch that its server was in, then its end. */
export interface HistoryState {
  readonly currentEpoch: number;
  readonly lastZxid: Zxid;
}

export interface DiscoveryOptions {
  readonly sid: number;
  readonly quorums: Quorums;
  readonly acceptedEpoch: number;
  readonly own: HistoryState;
}

/** What a leader finds out before it may lead: an epoch that is new to a quorum, and that nobody in one knows more (3.4). */
export class Discovery {
  private readonly options: DiscoveryOptions;
  private readonly connected: AckSets;
  private readonly promised: AckSets;
  private proposed: number;
  private hasBegun = false;
  private isChosen = false;

  constructor(options: DiscoveryOptions) {
    this.options = options;
    // The leader's own is heard of before all others: learners may be there first (ZOOKEEPER-1343).
    this.proposed = options.acceptedEpoch + 1;
    this.connected = options.quorums.ackSets();
    this.promised = options.quorums.ackSets();
  }

  /** Chosen or not: the smallest epoch above all that were heard of. */
  get epoch(): number {
    return this.proposed;
  }

  /** Where the epoch begins: no transaction's position. */
  get epochStart(): Zxid {
    return makeZxid(this.proposed, 0);
  }

  /** The leader itself is there; without it no quorum chooses (ZOOKEEPER-2959). True when that makes the choice. */
  begin(): boolean {
    this.hasBegun = true;
    this.connected.add(this.options.sid);
    return this.choose();
  }

  /** A learner has come with this epoch accepted. True when that makes the choice. */
  heardOf({ sid, isObserver }: { sid: number; isObserver: boolean }, acceptedEpoch: number): boolean {
    if (this.isChosen) return false;
    if (acceptedEpoch >= this.proposed) this.proposed = acceptedEpoch + 1;
    if (!isObserver) this.connected.add(sid);
    return this.choose();
  }

  /** Whether a voter comes too late with a promise that keeps it out of the chosen epoch, whoever leads that. */
  isBehind({ sid, isObserver }: { sid: number; isObserver: boolean }, acceptedEpoch: number): boolean {
    if (!this.isChosen || acceptedEpoch <= this.proposed || isObserver) return false;
    return this.options.quorums.current.isParticipant(sid);
  }

  /** Whether a learner knows more than this leader, which must then not lead it. */
  isMoreRecent({ currentEpoch, lastZxid }: HistoryState): boolean {
    const { own } = this.options;
    return currentEpoch > own.currentEpoch || (currentEpoch === own.currentEpoch && lastZxid > own.lastZxid);
  }

  /** A promise, the leader's own included, to accept nothing from earlier epochs. True when a quorum has promised. */
  promise(sid: number): boolean {
    this.promised.add(sid);
    return this.promised.hasAllQuorums;
  }

  private choose(): boolean {
    if (this.isChosen || !this.hasBegun) return false;
    this.isChosen = this.connected.hasAllQuorums;
    return this.isChosen;
  }
}
