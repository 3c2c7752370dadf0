import type { PacketView } from '../../protocol/quorum/packet-view.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { CommittedZxid, DurableAcceptedEpoch, DurableCurrentEpoch } from '../zab/durable.js';
import type { Entry, EntryInPlace } from '../zab/entry.js';
import type { Reconfiguration } from '../zab/broadcast.js';
import type { QuorumVerifier } from '../zab/quorum-verifier.js';
import type { SyncSource } from '../zab/sync-rounds.js';
import type { MemberBook } from './member-book.js';

/** Where a leader's requests become proposals. */
export interface Proposer {
  /** The next transaction; valid during the call. */
  propose(entry: EntryInPlace): void;
  /** The same for a reconfiguration. */
  reconfigure(entry: EntryInPlace, change: Reconfiguration): void;
  /** Whether this server and those that follow it are a quorum of other members. */
  hasSyncedQuorum(verifier: QuorumVerifier): boolean;
  /** There are no numbers left in this epoch: another has to begin. */
  epochEnded(): void;
  /** Comes back as {@link LeaderReplica.synced}. */
  sync(source: SyncSource): void;
}

/** The server behind a leader, as its driver needs it. What returns a promise rejects only when the server has to stop. */
export interface LeaderReplica {
  acceptEpoch(epoch: number): Promise<DurableAcceptedEpoch>;
  enterEpoch(epoch: number): Promise<DurableCurrentEpoch>;
  readonly members: MemberBook;
  /** The tree and the sessions as they are now, in the form that learners load; null while they cannot be had. */
  snapshotStream(): AsyncIterable<Buffer> | null;
  /** Resolves when it is worth while to ask for a snapshot again. */
  snapshotPossible(): Promise<void>;
  /** What the log files hold behind `after` up to `upTo`; null when that is not to be had, or more than a snapshot. */
  readEntries(after: Zxid, upTo: Zxid): Promise<readonly Entry[] | null>;
  /** Lets clients in. The position is (epoch, 0) from here on. */
  lead(epoch: number, proposer: Proposer): void;
  persist(entry: EntryInPlace): void;
  commit(upTo: CommittedZxid): void;
  /** What a client of this server has asked for. */
  synced(source: SyncSource): void;
  /** A request that a learner forwards. Of a sync it notes that its session lives. */
  forwarded(sid: number, packet: PacketView): void;
  touch(sessionId: bigint, timeoutMs: number): void;
  /** A learner has told of all that it had heard of up to then: monotonic ms. */
  told(sid: number, upToMs: number): void;
  /** A learner that was up to date is gone. */
  lost(sid: number): void;
  /**
   * Whether the session lives; it is the learner's from here on. False: nothing is known of it here. Null: its end is proposed and not
   * committed, so that nobody may be told of it yet; ask again after the next commit.
   */
  revalidate(sid: number, sessionId: bigint, timeoutMs: number): boolean | null;
}
