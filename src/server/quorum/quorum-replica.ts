import type { Zxid } from '../../protocol/zxid.js';
import type { DurableAcceptedEpoch, DurableCurrentEpoch, DurableZxid } from '../zab/durable.js';
import type { Entry } from '../zab/entry.js';
import type { LeaderReplica } from './leader-replica.js';
import type { LearnerReplica } from './learner-replica.js';

/** The server behind a member of an ensemble, in whatever role. */
export interface QuorumReplica extends LeaderReplica, LearnerReplica {
  /** The end of the log, which is the end of this server's history while it has no role. */
  readonly lastLogged: Zxid;
  readonly epochs: { readonly accepted: DurableAcceptedEpoch; readonly current: DurableCurrentEpoch };
  /** Told, while there is a role, up to where everything is on the device. */
  onLogged: (durable: DurableZxid) => void;
  /** Without a leader: serves what there is to clients that are content with reads. */
  serveReadOnly(): void;
  /** There may be a leader: nobody is served any more, if anybody was. */
  endReadOnly(): void;
  /** Takes no more requests and waits, not for long, until those taken are answered. */
  finishRequests(): Promise<void>;
  /**
   * The role is over: closes the connections of all clients, brings what was appended to the device, and the tree to what the
   * log holds, committed or not (3.17). `uncommitted`: what a leader has proposed.
   */
  endRole(uncommitted: readonly Entry[]): Promise<void>;
}
