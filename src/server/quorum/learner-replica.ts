import type { Touch } from '../../protocol/quorum/touches.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { CommittedZxid, DurableAcceptedEpoch, DurableCurrentEpoch, DurableHistory } from '../zab/durable.js';
import type { EntryInPlace } from '../zab/entry.js';
import type { Upstream } from '../pipeline/upstream.js';
import type { MemberBook } from './member-book.js';

/** The server behind a learner, as its driver needs it. What returns a promise rejects only when the server has to stop. */
export interface LearnerReplica {
  /** Cuts the history; resolves to the end of what is left. Null: the files do not lead there, and nothing has changed. */
  truncate(zxid: Zxid): Promise<Zxid | null>;
  /** Takes a snapshot into memory, in place of all that was there. Resolves to the bytes behind its end. */
  receiveSnapshot(chunks: AsyncIterable<Buffer>, zxid: Zxid): Promise<Buffer>;
  /** Appends to the log, and keeps for the commit. */
  accept(entry: EntryInPlace): void;
  commit(upTo: CommittedZxid): void;
  /** Resolves when a snapshot that was received, and everything that was accepted, is on the device. */
  secureHistory(): Promise<DurableHistory>;
  acceptEpoch(epoch: number): Promise<DurableAcceptedEpoch>;
  enterEpoch(epoch: number): Promise<DurableCurrentEpoch>;
  readonly members: MemberBook;
  /** Lets clients in; what they write goes to the leader this way. */
  serve(epoch: number, upstream: Upstream): void;
  syncAnswered(): void;
  revalidated(sessionId: bigint, isValid: boolean): void;
  /** Sessions that were heard of since the last time. */
  takeTouches(): readonly Touch[];
}
