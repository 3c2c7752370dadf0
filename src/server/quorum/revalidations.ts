import type { RevalidateAnswer, RevalidateRequest } from '../../protocol/quorum/revalidation.js';
import { Fifo } from '../../runtime/fifo.js';
import type { LearnerPeer } from '../zab/learner-peer.js';
import type { SyncSource } from '../zab/sync-rounds.js';
import type { LeaderReplica } from './leader-replica.js';
import { Revalidation } from './revalidation.js';

export interface RevalidationParts {
  readonly replica: Pick<LeaderReplica, 'revalidate'>;
  /** Hear from a quorum; then {@link Revalidations.confirmed}, not before the call that asked for it has returned. */
  sync(source: SyncSource): void;
  answer(peer: LearnerPeer, answer: RevalidateAnswer): void;
}

/**
 * What learners ask about sessions, each learner's in its order. A session that lives is confirmed at once. That one is over is said only
 * when a quorum has followed this leader since it was asked: a leader that was deposed without knowing has never heard of sessions that
 * have begun since. And only when its end is committed: told before, the client could find its nodes back after a crash.
 */
export class Revalidations {
  private readonly parts: RevalidationParts;
  /** Those that are not answered; no line is empty. */
  private readonly lines = new Map<LearnerPeer, Fifo<Revalidation>>();

  constructor(parts: RevalidationParts) {
    this.parts = parts;
  }

  asked(peer: LearnerPeer, request: RevalidateRequest): void {
    const question = new Revalidation(peer, request);
    const line = this.lines.get(peer);
    if (line !== undefined) {
      line.push(question);
      // It shares the round with all of this turn; alone, later, each would wait for one of its own.
      return this.doubt(question);
    }
    const first = new Fifo<Revalidation>();
    first.push(question);
    this.lines.set(peer, first);
    this.proceed(peer, first);
  }

  confirmed(question: Revalidation): void {
    question.isConfirmed = true;
    const line = this.lines.get(question.peer);
    if (line !== undefined) this.proceed(question.peer, line);
  }

  /** Sessions may have ended for good. */
  committed(): void {
    for (const [peer, line] of this.lines) this.proceed(peer, line);
  }

  lost(peer: LearnerPeer): void {
    this.lines.delete(peer);
  }

  private proceed(peer: LearnerPeer, line: Fifo<Revalidation>): void {
    const { parts } = this;
    for (let head = line.peek(); head !== undefined; head = line.peek()) {
      const { sessionId, timeoutMs } = head.request;
      const isValid = parts.replica.revalidate(peer.sid, sessionId, timeoutMs);
      if (isValid !== true && !head.isConfirmed) return this.doubt(head);
      if (isValid === null) return;
      line.shift();
      parts.answer(peer, { sessionId, isValid });
    }
    this.lines.delete(peer);
  }

  private doubt(question: Revalidation): void {
    if (question.isDoubted) return;
    question.isDoubted = true;
    this.parts.sync(question);
  }
}
