import { ErrorCode } from '../../protocol/error-codes.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ApplyResult } from '../tree/apply-result.js';
import type { Proposal, WriteRequest } from '../tree/proposal.js';
import { WatchTable } from '../watches/watch-table.js';
import type { AclList } from '../tree/acl-list.js';
import { Admission } from './admission.js';
import type { ClientLink } from './client-link.js';
import { CommitQueue } from './commit-queue.js';
import type { DurableZxid } from './durable-zxid.js';
import { EventSink } from './event-sink.js';
import { answerAuth, answerSasl } from './network-requests.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import { ReadRequests } from './read-requests.js';
import { replyHeader, ZXID_NOT_ORDERED, ZXID_UNIMPLEMENTED } from './replies.js';
import { decodeRequest } from './decode-request.js';
import { RequestKind, requestKind, shortOpName } from './request-kinds.js';
import type { PendingRequest } from './request-queue.js';
import { answerWrite } from './write-answers.js';

const HEADER_BYTES = 8;

/**
 * The way of a request through a standalone server: prepare, log, commit, answer. Writes are prepared and logged as
 * they arrive; a read waits behind the unfinished writes of its own session, never behind another's
 * (client-protocol 3.4). Synchronous: whoever drives it hands in frames, ticks and durable zxids.
 */
export class RequestPipeline {
  readonly watches: WatchTable<ClientLink, AclList>;
  readonly admission: Admission;
  private readonly parts: PipelineParts;
  private readonly events: EventSink;
  private readonly reads: ReadRequests;
  private readonly unfinished = new CommitQueue();
  private outstandingCount = 0;

  constructor(parts: PipelineParts) {
    this.parts = parts;
    this.events = new EventSink((acl, perms, identities) => parts.access.permits(acl, perms, identities), parts.stats);
    this.watches = new WatchTable(this.events);
    this.reads = new ReadRequests(parts, this.watches, this.events);
    this.admission = new Admission(parts, (sessionId, request) => this.propose(sessionId, request));
  }

  /** Requests taken and not yet answered. */
  get outstanding(): number {
    return this.outstandingCount;
  }

  /** Transactions that wait for the disk. */
  get uncommitted(): number {
    return this.unfinished.length;
  }

  /** A whole frame of an attached link, in place: nothing of it is kept. */
  submit(link: ClientLink, buf: Buffer, start: number, end: number): void {
    if (link.closed || link.isClosing) return;
    if (end - start < HEADER_BYTES) return link.close();
    const nowMs = this.parts.clock.monotonicMs();
    const xid = buf.readInt32BE(start);
    const type = buf.readInt32BE(start + 4);
    this.note(link, { xid, type, bytes: end - start, nowMs });
    const reader = new JuteReader(buf, start + HEADER_BYTES, end);
    const kind = requestKind(type);
    if (kind === RequestKind.network) return this.network(link, { xid, type, reader });
    if (!link.mayRequest) return this.refuseUnauthenticated(link, xid);
    if (kind === RequestKind.unknown) {
      // The connection ends with the answer: what follows is not even tried.
      link.isClosing = true;
      return this.park({ link, xid, type, zxid: 0, receivedAtMs: nowMs, body: null, err: ErrorCode.UNIMPLEMENTED });
    }
    const { body, err } = decodeRequest(type, reader);
    const request = { link, xid, type, zxid: 0, receivedAtMs: nowMs, body, err };
    if (kind === RequestKind.read || err !== 0) this.park(request);
    else this.write(request);
  }

  /** Everything up to here is on disk: apply it, answer it, and let go what waited behind it. */
  persisted(durable: DurableZxid): void {
    for (let next = this.unfinished.shiftUpTo(durable); next !== null; next = this.unfinished.shiftUpTo(durable)) {
      this.commit(next.proposal, next.request);
    }
    this.parts.preparer.committed(this.parts.tree.lastProcessedZxid);
  }

  /** The socket is gone: its watches and credentials with it; the session stays. */
  linkClosed(link: ClientLink): void {
    link.closed = true;
    this.watches.dropConnection(link);
    this.admission.detach(link);
  }

  /** Closes the sessions whose time is up. */
  expireSessions(nowMs: number): ClientSession[] {
    const due = this.parts.sessions.expire(nowMs);
    for (const session of due) {
      this.parts.stats.sessionExpired();
      this.propose(session.id, { type: OpCode.closeSession, body: {} });
    }
    return due;
  }

  /** Closes a session before its time; false when there is none to close. */
  endSession(sessionId: bigint): boolean {
    const session = this.parts.sessions.find(sessionId);
    if (session === undefined || session.isClosing) return false;
    this.propose(sessionId, { type: OpCode.closeSession, body: {} });
    return true;
  }

  /** Removes a container or TTL node whose time has come, if it still may go. */
  reap(path: string): void {
    this.propose(0n, { type: OpCode.deleteContainer, body: { path } });
  }

  /** A write of the server itself. */
  private propose(sessionId: bigint, request: WriteRequest): Zxid {
    const proposal = this.prepare(request, { sessionId, cxid: 0, identities: [], isInternal: true });
    this.unfinished.push(proposal, null);
    return proposal.header.zxid;
  }

  private write(request: PendingRequest): void {
    const { link, xid } = request;
    if (request.type === OpCode.closeSession) link.isClosing = true;
    const proposal = this.prepare({ type: request.type, body: request.body } as WriteRequest, {
      sessionId: link.sessionId,
      cxid: xid,
      identities: link.identities,
      isInternal: false,
    });
    // What the answer needs is in the transaction and its outcome.
    const pending: PendingRequest = { ...request, zxid: proposal.header.zxid, body: null };
    this.unfinished.push(proposal, pending);
    this.enqueue(pending);
  }

  private prepare(
    request: WriteRequest,
    who: { sessionId: bigint; cxid: number; identities: ClientLink['identities']; isInternal: boolean },
  ): Proposal {
    const zxid = this.unfinished.nextZxid(this.parts.tree.lastProcessedZxid);
    const proposal = this.parts.preparer.prepare(request, {
      ...who,
      zxid,
      timeMs: this.parts.clock.wallMs(),
      isLocalSession: false,
    });
    this.parts.log.append(proposal.header, proposal.txn, proposal.digest);
    this.parts.stats.proposed();
    return proposal;
  }

  private commit(proposal: Proposal, request: PendingRequest | null): void {
    const { header, txn } = proposal;
    this.events.zxid = header.zxid;
    const result = this.parts.tree.apply(header, txn, this.watches);
    this.parts.stats.committed();
    this.parts.applied(header.zxid);
    if ('path' in txn) this.parts.stats.writeApplied(txn.path, 'data' in txn ? (txn.data?.length ?? 0) : 0);
    if (request !== null) this.answerCommitted(request, proposal, result);
    if (txn.type === OpCode.createSession) this.admission.created(header.clientId, txn.timeOut, header.zxid);
    if (txn.type === OpCode.closeSession) this.admission.closed(header.clientId);
  }

  /** The write at the head of its session's queue is done; the reads behind it follow at once. */
  private answerCommitted(request: PendingRequest, proposal: Proposal, result: ApplyResult): void {
    const { queue } = request.link;
    queue?.shift();
    if (request.link.closed) {
      this.outstandingCount--;
    } else {
      const before = request.link.out.length;
      answerWrite(request, proposal, result);
      this.answered(request, request.link.out.length - before, true);
    }
    for (let next = queue?.peek(); next !== undefined && next.zxid === 0; next = queue?.peek()) {
      queue?.shift();
      next.link.parkedReads--;
      this.answerRead(next);
    }
  }

  private park(request: PendingRequest): void {
    if (request.link.queue?.length === 0) {
      this.outstandingCount++;
      request.link.stats.outstanding++;
      this.answerRead(request);
    } else {
      request.link.parkedReads++;
      this.enqueue(request);
    }
  }

  private enqueue(request: PendingRequest): void {
    this.outstandingCount++;
    request.link.stats.outstanding++;
    request.link.queue?.push(request);
  }

  private answerRead(request: PendingRequest): void {
    const { link, xid, type, body, err } = request;
    if (link.closed) {
      this.outstandingCount--;
      return;
    }
    const before = link.out.length;
    if (err === ErrorCode.UNIMPLEMENTED) replyHeader(link, xid, ZXID_UNIMPLEMENTED, err);
    else if (err !== 0) replyHeader(link, xid, this.parts.tree.lastProcessedZxid, err);
    else this.reads.answer(link, { xid, type, body });
    const bytes = link.out.length - before;
    if (hasPath(body)) this.parts.stats.readServed(body.path, bytes);
    this.answered(request, bytes, false);
    if (err === ErrorCode.UNIMPLEMENTED) link.close();
  }

  private answered({ link, receivedAtMs }: PendingRequest, bytes: number, isWrite: boolean): void {
    this.outstandingCount--;
    link.stats.outstanding--;
    const nowMs = this.parts.clock.monotonicMs();
    link.stats.lastZxid = this.parts.tree.lastProcessedZxid;
    link.stats.answered(Math.floor(nowMs - receivedAtMs), Math.floor(nowMs));
    this.parts.stats.responseSent(bytes);
    this.parts.stats.answered(nowMs - receivedAtMs, isWrite);
  }

  private note(
    link: ClientLink,
    { xid, type, bytes, nowMs }: { xid: number; type: number; bytes: number; nowMs: number },
  ): void {
    const { stats } = link;
    stats.received++;
    stats.lastOp = shortOpName(type);
    if (xid >= 0) stats.lastCxid = xid;
    this.parts.stats.received(bytes);
    if (link.session !== null) this.parts.sessions.touch(link.session, nowMs);
  }

  private network(link: ClientLink, { xid, type, reader }: { xid: number; type: number; reader: JuteReader }): void {
    const ok =
      type === OpCode.auth
        ? answerAuth(link, { xid, reader }, this.parts.authenticator)
        : answerSasl(link, xid, reader);
    if (!ok) this.parts.stats.authFailed();
  }

  private refuseUnauthenticated(link: ClientLink, xid: number): void {
    replyHeader(link, xid, ZXID_NOT_ORDERED, ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH);
    link.close();
  }
}

function hasPath(body: unknown): body is { path: string } {
  return typeof body === 'object' && body !== null && 'path' in body && typeof body.path === 'string';
}
