import type { QuorumConfig } from '../zab/quorum-config.js';

/** Who the members are: as committed last, and as proposed last (quorum-protocol 1.7). */
export interface Membership {
  readonly current: QuorumConfig;
  /** Never older than `current`. */
  readonly lastSeen: QuorumConfig;
}
