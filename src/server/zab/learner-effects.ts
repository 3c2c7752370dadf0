import type { Zxid } from '../../protocol/zxid.js';
import type { CommittedZxid } from './durable.js';
import type { EntryInPlace } from './entry.js';

/**
 * What a learner wants done. Nothing is done by asking: whoever implements this writes into buffers that are flushed when
 * the turn ends, and comes back with a token when the device has it. What takes time stops the packets that come behind.
 */
export interface LearnerEffects {
  /** To the leader. `data`: null and empty are different. */
  send(type: number, zxid: Zxid, data: Buffer | null): void;
  /** Write the file `acceptedEpoch`; then {@link Learner.epochAccepted}. */
  acceptEpoch(epoch: number): void;
  /** Cut the history behind this transaction; then {@link Learner.truncated}, or {@link Learner.cannotCut}. */
  truncate(zxid: Zxid): void;
  /** Take the snapshot that follows into memory; then {@link Learner.snapshotReceived}. It is secured with the history. */
  receiveSnapshot(zxid: Zxid): void;
  /** Append to the log, and keep for its commit. */
  accept(entry: EntryInPlace): void;
  /** Apply what was accepted, up to there. */
  commit(upTo: CommittedZxid): void;
  /** The configuration that NEWLEADER tells of, as text: it is the last one proposed, whatever was before. */
  configProposed(text: string): void;
  /** The commit of a reconfig is next: its configuration holds, and its designated leader leads. */
  activate(zxid: Zxid, designatedLeader: number): void;
  /** Bring everything that was accepted to the device; then {@link Learner.historyDurable}. */
  secureHistory(): void;
  /** Write the file `currentEpoch`; then {@link Learner.epochEntered}. */
  enterEpoch(epoch: number): void;
  /** This server is up to date: the configuration that NEWLEADER has told of holds; let clients in. */
  serve(epoch: number): void;
  /** The leader has answered the oldest sync. */
  syncAnswered(): void;
  /** The leader has said whether a session lives. */
  revalidated(sessionId: bigint, isValid: boolean): void;
  /** The leader asks for signs of life: sessions heard of since the last time. */
  touchesWanted(zxid: Zxid): void;
  /** This leader is not to be followed any further. */
  abandon(reason: string): void;
}
