import type { Zxid } from '../../protocol/zxid.js';
import type { CommittedZxid } from './durable.js';
import type { EntryInPlace } from './entry.js';
import type { LearnerPeer } from './learner-peer.js';
import type { SyncSource } from './sync-rounds.js';

/**
 * What a leader wants done. Nothing is done by asking: whoever implements this writes into buffers that are flushed when the
 * turn ends, and comes back with a token when the device has it. What is sent to one learner arrives in that order.
 */
export interface LeaderEffects {
  /** `data`: null and empty are different. */
  send(peer: LearnerPeer, type: number, zxid: Zxid, data: Buffer | null): void;
  /** PROPOSAL or INFORM. */
  sendEntry(peer: LearnerPeer, type: number, entry: EntryInPlace): void;
  /** COMMITANDACTIVATE, or INFORMANDACTIVATE to an observer: these are the members now, and this server leads them. */
  sendActivation(peer: LearnerPeer, entry: EntryInPlace, designatedLeader: number): void;
  /**
   * SNAP and, before anything that is sent later, the tree as it is at this moment. False: that cannot be had now; then
   * {@link Leader.snapshotPossible}.
   */
  sendSnapshot(peer: LearnerPeer, zxid: Zxid): boolean;
  /** Read what the log files hold behind `after` up to `upTo`; then {@link Leader.logRead}. */
  readLog(peer: LearnerPeer, after: Zxid, upTo: Zxid): void;
  /** This learner is not to be led any further. */
  close(peer: LearnerPeer, reason: string): void;
  /** Write the file `acceptedEpoch`; then {@link Leader.epochAccepted}. */
  acceptEpoch(epoch: number): void;
  /** Write the file `currentEpoch`; then {@link Leader.epochEntered}. */
  enterEpoch(epoch: number): void;
  /** Text of the configuration that learners are to know of; null: none. */
  configToPropose(): Buffer | null;
  /** A quorum has this leader's history: let clients in. The position is now (epoch, 0). */
  established(epoch: number): void;
  /** Append to the log; then {@link Leader.logged}. */
  persist(entry: EntryInPlace): void;
  /** Apply what was proposed, up to there. */
  commit(upTo: CommittedZxid): void;
  /**
   * The commit of a reconfiguration is next: its members are in force. When another than this server is to lead them, then
   * after that commit nothing more is asked for.
   */
  activate(zxid: Zxid, designatedLeader: number): void;
  /** Everything that was committed when it was asked for is applied, and this was still the leader then. */
  synced(source: SyncSource): void;
  /** This server is not to lead any further. */
  stepDown(reason: string): void;
}
