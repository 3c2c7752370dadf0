import type { Zxid } from '../../protocol/zxid.js';
import type { LearnerPeer } from './learner-peer.js';
import type { Quorums } from './quorums.js';

/** Who asked for a sync: a learner, for one of its clients, or a client of the leader itself (any object). */
export type SyncSource = object;

interface WaitingSync {
  readonly source: SyncSource;
  /** To be committed first. */
  readonly after: Zxid;
}

interface Round {
  readonly syncs: WaitingSync[];
  /** Which PING's answer, of each learner asked, says that it still follows. */
  readonly wanted: Map<LearnerPeer, number>;
}

/**
 * Syncs, in the order in which they came. ZooKeeper's leader answers one from what it believes, and may have been deposed
 * without knowing. Here it first hears from a quorum, once for all syncs of a turn: whoever answers a PING that was sent after the
 * sync had come was following this leader then, so no other could have committed anything before. Then sync and read are
 * linearizable, not only usually so.
 */
export class SyncRounds {
  private readonly ownSid: number;
  private readonly quorums: Quorums;
  private gathering: WaitingSync[] = [];
  private rounds: Round[] = [];

  constructor(ownSid: number, quorums: Quorums) {
    this.ownSid = ownSid;
    this.quorums = quorums;
  }

  /** Those that wait. */
  get size(): number {
    return this.rounds.reduce((sum, { syncs }) => sum + syncs.length, this.gathering.length);
  }

  get hasGathered(): boolean {
    return this.gathering.length > 0;
  }

  add(source: SyncSource, after: Zxid): void {
    this.gathering.push({ source, after });
  }

  /**
   * All of `pinged` have just been sent a PING: its answer confirms what was gathered, and of those that were not asked
   * before, earlier rounds as well.
   */
  asked(pinged: readonly LearnerPeer[]): void {
    if (this.hasGathered) {
      this.rounds.push({ syncs: this.gathering, wanted: new Map() });
      this.gathering = [];
    }
    for (const { wanted } of this.rounds) {
      for (const peer of pinged) if (!wanted.has(peer)) wanted.set(peer, peer.pingsSent);
    }
  }

  /** Those that may be answered, oldest first. */
  takeDone(lastCommitted: Zxid): SyncSource[] {
    const done: SyncSource[] = [];
    for (let round = this.rounds[0]; round !== undefined && this.isConfirmed(round); round = this.rounds[0]) {
      const ready = round.syncs.findIndex(({ after }) => after > lastCommitted);
      for (const { source } of round.syncs.splice(0, ready === -1 ? round.syncs.length : ready)) done.push(source);
      if (ready !== -1) break;
      this.rounds.shift();
    }
    return done;
  }

  private isConfirmed({ wanted }: Round): boolean {
    const confirmed = this.quorums.ackSets();
    confirmed.add(this.ownSid);
    for (const [peer, ping] of wanted) {
      if (!peer.isObserver && peer.phase !== 'gone' && peer.pingsAnswered >= ping) confirmed.add(peer.sid);
    }
    return confirmed.hasAllQuorums;
  }
}
