import type { ClientLink } from './client-link.js';
import type { Attendance } from './attendance.js';
import type { AnswerDesk } from './answer-desk.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import type { RequestFrame } from './request-frame.js';
import type { PendingRequest } from './request-queue.js';
import type { TxnApplier } from './txn-applier.js';

/**
 * What becomes of writes: a server that is alone and a leader put them in order, a learner passes them on. It answers, at the
 * desk, everything that it takes, when it is committed.
 */
export interface WritePath {
  /** The client of a session that every server knows has sent something. */
  heard(session: ClientSession, nowMs: number): void;
  /** Takes a write as it lies in its frame. False when nothing was done: it goes the general way. */
  takeInPlace(link: ClientLink, frame: RequestFrame): boolean;
  /** `body`: decoded. */
  take(link: ClientLink, frame: RequestFrame, body: unknown): void;
  /** The desk has it in its queue: tell it when this server has caught up with everything that is committed. */
  sync(request: PendingRequest, frame: RequestFrame): void;
  createSession(link: ClientLink, sessionId: bigint, timeoutMs: number): void;
  /** Somebody comes back to a session. True: others are asked whether it lives, and the attendance will be told. */
  revalidate(sessionId: bigint, timeoutMs: number): boolean;
  /** Closes the sessions whose time is up, if that is this server's to decide. */
  expireSessions(nowMs: number): ClientSession[];
  /** Closes a session before its time; false when that cannot be done here. */
  endSession(sessionId: bigint): boolean;
  /** Everything up to here happens now: it is applied and answered. */
  committed(upTo: CommittedZxid): void;
}

/** What every way of writing works with. */
export interface WriteTools {
  readonly parts: PipelineParts;
  readonly applier: TxnApplier;
  readonly desk: AnswerDesk;
  readonly attendance: Attendance;
}
