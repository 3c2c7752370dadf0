import { ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import type { Clock } from '../../runtime/index.js';
import type { LearnerPeer } from '../zab/learner-peer.js';
import type { QuorumStats } from './quorum-stats.js';

/** A learner that has not acknowledged a proposal for so long has its time taken with another. */
const PATIENCE_MS = 1000;

/**
 * How long proposals take to reach a quorum, and each learner. One is timed at a time, until everybody has it: so it costs a
 * comparison for each of the others, and the clock is asked as often as messages go around.
 */
export class ProposalTimes {
  private readonly clock: Clock;
  private readonly stats: QuorumStats;
  /** None while nothing is timed. */
  private timed = ZXID_NONE;
  private proposedAtMs = 0;
  private isCommitted = false;
  private readonly waitedFor = new Set<LearnerPeer>();

  constructor(clock: Clock, stats: QuorumStats) {
    this.clock = clock;
    this.stats = stats;
  }

  proposed(zxid: Zxid, learners: Iterable<LearnerPeer>): void {
    if (this.timed !== ZXID_NONE) return;
    this.timed = zxid;
    this.proposedAtMs = this.clock.monotonicMs();
    this.isCommitted = false;
    for (const peer of learners) if (peer.isForwardedTo && !peer.isObserver) this.waitedFor.add(peer);
  }

  acked(peer: LearnerPeer, zxid: Zxid): void {
    if (this.timed === ZXID_NONE || zxid < this.timed || !this.waitedFor.delete(peer)) return;
    this.stats.learnerAcked(peer.sid, this.sinceMs);
    this.endIfDone();
  }

  committed(upTo: Zxid): void {
    if (this.isCommitted || this.timed === ZXID_NONE || upTo < this.timed) return;
    this.isCommitted = true;
    this.stats.quorumAcked(this.sinceMs);
    this.endIfDone();
  }

  lost(peer: LearnerPeer): void {
    if (this.waitedFor.delete(peer)) this.endIfDone();
  }

  /** Now and then. */
  tick(): void {
    if (this.isCommitted && this.timed !== ZXID_NONE && this.sinceMs > PATIENCE_MS) this.end();
  }

  private get sinceMs(): number {
    return this.clock.monotonicMs() - this.proposedAtMs;
  }

  private endIfDone(): void {
    if (this.isCommitted && this.waitedFor.size === 0) this.end();
  }

  private end(): void {
    this.timed = ZXID_NONE;
    this.waitedFor.clear();
  }
}
