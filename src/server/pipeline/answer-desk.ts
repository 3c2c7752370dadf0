import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Attendance } from './attendance.js';
import type { ClientLink } from './client-link.js';
import { Moment } from './moment.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { ReadRequests } from './read-requests.js';
import { replyHeader, ZXID_UNIMPLEMENTED } from './replies.js';
import type { RequestFrame } from './request-frame.js';
import type { HeldFrame, PendingRequest, RequestQueue } from './request-queue.js';
import type { WriteOutcome } from './write-answers.js';
import { answerWrite } from './write-answers.js';

/** What requests that wait are answered with. */
export interface AnswerSources {
  readonly reads: ReadRequests;
  readonly attendance: Attendance;
  /** A request that came behind a sync may be looked at now. */
  readonly resume: (held: HeldFrame) => void;
}

/**
 * Keeps the order of a session's answers (client-protocol 3.4): a read waits behind the unfinished writes of its own
 * session, never behind another's.
 */
export class AnswerDesk {
  /** Requests taken and not yet answered. */
  outstanding = 0;
  readonly now = new Moment();
  private readonly parts: PipelineParts;
  private readonly sources: AnswerSources;

  constructor(parts: PipelineParts, sources: AnswerSources) {
    this.parts = parts;
    this.sources = sources;
  }

  /** A request that is answered as soon as it is its turn. */
  park(request: PendingRequest): void {
    if (request.link.queue?.length === 0) {
      this.outstanding++;
      request.link.stats.outstanding++;
      this.answerReady(request);
    } else {
      request.link.parkedReads++;
      this.enqueue(request);
    }
  }

  /** A write, whose commit is to come. */
  enqueue(request: PendingRequest): void {
    this.outstanding++;
    request.link.stats.outstanding++;
    request.link.queue?.push(request);
  }

  /** A sync: until it is {@link ready}, nothing that comes behind it is looked at. */
  enqueueSync(request: PendingRequest): void {
    request.link.parkedReads++;
    this.enqueue(request);
    if (request.link.queue !== null) request.link.queue.sync = request;
  }

  /** A request came behind a sync. */
  hold(link: ClientLink, queue: RequestQueue, { buf, headerStart, end }: RequestFrame): void {
    link.parkedReads++;
    this.outstanding++;
    link.stats.outstanding++;
    queue.held.push({ link, bytes: Buffer.from(buf.subarray(headerStart, end)) });
  }

  /** This server has caught up with what a sync was for. */
  ready(sync: PendingRequest): void {
    sync.isReady = true;
    const { queue } = sync.link;
    if (queue === null) return;
    queue.sync = null;
    this.settle(queue);
    for (let held = queue.held.peek(); held !== undefined && queue.sync === null; held = queue.held.peek()) {
      queue.held.shift();
      this.outstanding--;
      held.link.stats.outstanding--;
      held.link.parkedReads--;
      this.sources.resume(held);
    }
  }

  /** A write has been applied: it is answered, and then the reads that waited behind it. */
  answerWrite(request: PendingRequest, outcome: WriteOutcome): void {
    const { link } = request;
    if (this.takeOut(request)) {
      const before = link.out.length;
      answerWrite(request, outcome, this.parts.tree);
      this.answered(request, link.out.length - before, true);
    }
    if (link.queue !== null) this.settle(link.queue);
  }

  /** Takes a write out whose answer the caller gives, before {@link answeredWrite}. False: there is nobody to be answered. */
  takeOut({ link }: PendingRequest): boolean {
    link.queue?.shift();
    if (!link.closed) return true;
    this.outstanding--;
    return false;
  }

  /** `bytes`: of the answer. */
  answeredWrite(request: PendingRequest, bytes: number): void {
    this.answered(request, bytes, true);
  }

  /** What is at the head and waits for nothing but its turn. */
  settle(queue: RequestQueue): void {
    for (let next = queue.peek(); next !== undefined && next.isReady; next = queue.peek()) {
      queue.shift();
      next.link.parkedReads--;
      this.answerReady(next);
    }
  }

  private answerReady(request: PendingRequest): void {
    const { link, xid, type, body, err } = request;
    if (link.closed) {
      this.outstanding--;
      return;
    }
    const before = link.out.length;
    if (err === ErrorCode.UNIMPLEMENTED) replyHeader(link, xid, ZXID_UNIMPLEMENTED, err);
    else if (err !== 0 || type === OpCode.closeSession) replyHeader(link, xid, this.parts.tree.lastProcessedZxid, err);
    else this.sources.reads.answer(link, { xid, type, body });
    const bytes = link.out.length - before;
    if (hasPath(body)) this.parts.stats.readServed(body.path, bytes);
    this.answered(request, bytes, false);
    if (err === ErrorCode.UNIMPLEMENTED) link.close();
    else if (type === OpCode.closeSession && link.session !== null) this.sources.attendance.endLocal(link.session);
  }

  private answered({ link, receivedAtMs }: PendingRequest, bytes: number, isWrite: boolean): void {
    this.outstanding--;
    link.stats.outstanding--;
    const { nowMs } = this.now;
    link.stats.lastZxid = this.parts.tree.lastProcessedZxid;
    link.stats.answered(Math.floor(nowMs - receivedAtMs), Math.floor(nowMs));
    this.parts.stats.responseSent(bytes);
    this.parts.stats.answered(nowMs - receivedAtMs, isWrite);
  }
}

function hasPath(body: unknown): body is { path: string } {
  return typeof body === 'object' && body !== null && 'path' in body && typeof body.path === 'string';
}
