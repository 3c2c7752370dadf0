import type { Clock, Logger } from '../../runtime/index.js';
import type { PeerRole } from '../quorum/quorum-peer.js';
import type { ServerStats } from '../words/server-stats.js';

/** Tells people and monitors what a member of an ensemble is, and how long it took to become that. */
export class RoleTimes {
  /** Monotonic ms; of the present or the last time it led. */
  leadingSinceMs = 0;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly stats: ServerStats;
  /** Since when it has not served: from the start, or from losing its last role. */
  private unavailableSinceMs: number;
  private electedAtMs: number;
  private isLooking = true;

  constructor(parts: { readonly clock: Clock; readonly logger: Logger; readonly stats: ServerStats }) {
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.stats = parts.stats;
    this.unavailableSinceMs = parts.clock.monotonicMs();
    this.electedAtMs = this.unavailableSinceMs;
  }

  looking(): void {
    this.unavailableSinceMs = this.clock.monotonicMs();
    this.isLooking = true;
    this.stats.counters.looking_count++;
    this.logger.info('LOOKING');
  }

  readOnly(): void {
    this.logger.info('READ-ONLY: serving without a leader');
  }

  /** The election is over; whoever was elected is not there yet. Or there was none: a change of the members has named a leader. */
  elected(role: PeerRole, leader: number | null): void {
    this.electedAtMs = this.clock.monotonicMs();
    if (!this.isLooking) {
      this.unavailableSinceMs = this.electedAtMs;
      return this.logger.info(`${role.toUpperCase()} - AS THE MEMBERS HAVE CHANGED`, { leader });
    }
    this.isLooking = false;
    const tookMs = Math.round(this.electedAtMs - this.unavailableSinceMs);
    // ZooKeeper counts no elections of those who only watch.
    if (role !== 'observing') this.stats.summaries.election_time.add(tookMs);
    this.logger.info(`${role.toUpperCase()} - LEADER ELECTION TOOK - ${tookMs} MS`, { leader });
  }

  serving(role: PeerRole, epoch: number): void {
    const nowMs = this.clock.monotonicMs();
    const { summaries } = this.stats;
    const unavailableMs = Math.round(nowMs - this.unavailableSinceMs);
    const syncMs = Math.round(nowMs - this.electedAtMs);
    summaries.unavailable_time.add(unavailableMs);
    if (role === 'leading') {
      this.leadingSinceMs = nowMs;
      summaries.leader_unavailable_time.add(unavailableMs);
    } else if (role === 'following') summaries.follower_sync_time.add(syncMs);
    else summaries.observer_sync_time.add(syncMs);
    this.logger.info(`${role.toUpperCase()}: serving in epoch ${epoch} after ${unavailableMs} ms`);
  }
}
