import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Txn } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ApplyResult } from '../tree/apply-result.js';
import type { Proposal, RequestContext, WriteRequest } from '../tree/proposal.js';
import type { Triggers } from '../tree/triggers.js';
import { NO_TRIGGERS } from '../tree/triggers.js';
import { WatchTable } from '../watches/watch-table.js';
import type { AclList } from '../tree/acl-list.js';
import { Admission } from './admission.js';
import type { ClientLink } from './client-link.js';
import { CommitQueue } from './commit-queue.js';
import type { DurableZxid } from '../zab/durable.js';
import { EventSink } from './event-sink.js';
import { FastReads } from './fast-reads.js';
import { FastSets } from './fast-sets.js';
import { Moment } from './moment.js';
import { answerAuth, answerSasl } from './network-requests.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import { ReadRequests } from './read-requests.js';
import { replyHeader, ZXID_NOT_ORDERED, ZXID_UNIMPLEMENTED } from './replies.js';
import { decodeRequest } from './decode-request.js';
import { RequestFrame } from './request-frame.js';
import { RequestKind, requestKind, shortOpName } from './request-kinds.js';
import type { PendingRequest } from './request-queue.js';
import { Unfinished } from './unfinished.js';
import { answerWrite } from './write-answers.js';
import { WriteInPlace } from './write-in-place.js';

const NO_IDENTITIES: ClientLink['identities'] = [];

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
  private readonly fastReads: FastReads;
  private readonly fastSets: FastSets;
  private readonly frame = new RequestFrame();
  private outstandingCount = 0;
  private readonly now = new Moment();

  constructor(parts: PipelineParts) {
    this.parts = parts;
    this.events = new EventSink((acl, perms, identities) => parts.access.permits(acl, perms, identities), parts.stats);
    this.watches = new WatchTable(this.events);
    this.reads = new ReadRequests(parts, this.watches, this.events);
    this.fastReads = new FastReads(parts);
    this.fastSets = new FastSets(parts);
    this.admission = new Admission(parts, (sessionId, request) => this.propose(sessionId, request));
  }

  /** Requests taken and not yet answered. */
  get outstanding(): number {
    return this.outstandingCount;
  }

  /** Something came from a link: its session lives. Frames of the same moment follow. */
  heard(link: ClientLink): void {
    this.now.read(this.parts.clock);
    if (link.session !== null) this.parts.sessions.touch(link.session, this.now.nowMs);
  }

  /** A whole frame of an attached link, in place: nothing of it is kept. */
  submit(link: ClientLink, buf: Buffer, start: number, end: number): void {
    if (link.closed || link.isClosing) return;
    const { frame } = this;
    if (!frame.turnTo(buf, start, end)) return link.close();
    this.note(link, frame);
    if (link.mayRequest && this.submitInPlace(link, frame)) return;
    const { xid, type } = frame;
    const kind = requestKind(type);
    if (kind === RequestKind.network) return this.network(link, frame);
    if (!link.mayRequest) return this.refuseUnauthenticated(link, xid);
    const receivedAtMs = this.now.nowMs;
    if (kind === RequestKind.unknown) {
      // The connection ends with the answer: what follows is not even tried.
      link.isClosing = true;
      const err = ErrorCode.UNIMPLEMENTED;
      return this.park({ link, xid, type, body: null, isWrite: false, receivedAtMs, err });
    }
    const { body, err } = decodeRequest(type, frame.reader());
    if (kind === RequestKind.read || err !== 0) {
      this.park({ link, xid, type, body, isWrite: false, receivedAtMs, err });
    } else {
      this.write({ link, xid, type, body: null, isWrite: true, receivedAtMs, err }, body);
    }
  }

  /** False when nothing was done: the request goes the general way. */
  private submitInPlace(link: ClientLink, frame: RequestFrame): boolean {
    if (link.queue?.length === 0 && this.fastReads.answer(link, frame, this.now.nowMs)) return true;
    const write = this.fastSets.take(link, frame, this.nextZxid(), this.now);
    if (write === null) return false;
    this.unfinished.push(write);
    this.enqueue(write);
    return true;
  }

  /** Everything up to here is on disk: apply it, answer it, and let go what waited behind it. */
  persisted(durable: DurableZxid): void {
    this.now.read(this.parts.clock);
    for (let next = this.unfinished.shiftUpTo(durable); next !== null; next = this.unfinished.shiftUpTo(durable)) {
      if (next instanceof WriteInPlace) this.commitInPlace(next);
      else this.commit(next.proposal, next.request);
    }
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
    this.now.read(this.parts.clock);
    const proposal = this.prepare(request, {
      sessionId,
      cxid: 0,
      zxid: this.nextZxid(),
      timeMs: this.now.wallMs,
      identities: NO_IDENTITIES,
      isLocalSession: false,
      isInternal: true,
    });
    this.unfinished.push(new Unfinished(proposal, null));
    return proposal.header.zxid;
  }

  private write(request: PendingRequest, body: unknown): void {
    const { link, xid, type } = request;
    if (type === OpCode.closeSession) link.isClosing = true;
    const proposal = this.prepare({ type, body } as WriteRequest, {
      sessionId: link.sessionId,
      cxid: xid,
      zxid: this.nextZxid(),
      timeMs: this.now.wallMs,
      identities: link.identities,
      isLocalSession: false,
      isInternal: false,
    });
    this.unfinished.push(new Unfinished(proposal, request));
    this.enqueue(request);
  }

  private nextZxid(): Zxid {
    return this.unfinished.nextZxid(this.parts.tree.lastProcessedZxid);
  }

  private prepare(request: WriteRequest, context: RequestContext): Proposal {
    const proposal = this.parts.preparer.prepare(request, context);
    this.parts.log.append(proposal.header, proposal.txn, proposal.digest);
    this.parts.stats.proposed();
    return proposal;
  }

  private commit(proposal: Proposal, request: PendingRequest | null): void {
    const { header, txn } = proposal;
    this.events.zxid = header.zxid;
    const result = this.parts.tree.apply(header, txn, this.triggers);
    this.parts.preparer.committed(header.zxid);
    this.parts.stats.committed();
    this.parts.applied(header.zxid);
    this.countWrite(txn);
    if (request !== null) this.answerCommitted(request, proposal, result);
    if (txn.type === OpCode.createSession) this.admission.created(header.clientId, txn.timeOut, header.zxid);
    if (txn.type === OpCode.closeSession) this.admission.closed(header.clientId);
  }

  /** Paths are made for the watches only if there are any. */
  private get triggers(): Triggers {
    return this.watches.size === 0 ? NO_TRIGGERS : this.watches;
  }

  private countWrite(txn: Txn): void {
    const { stats } = this.parts;
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.setData:
      case OpCode.reconfig:
        return stats.writeApplied(txn.path, txn.data === null ? 0 : txn.data.length);
      case OpCode.delete:
      case OpCode.deleteContainer:
      case OpCode.setACL:
      case OpCode.check:
        return stats.writeApplied(txn.path, 0);
      default:
      // No one path.
    }
  }

  private commitInPlace(write: WriteInPlace): void {
    const { link } = write;
    this.events.zxid = write.zxid;
    this.fastSets.apply(write, this.triggers);
    this.parts.stats.committed();
    this.parts.applied(write.zxid);
    link.queue?.shift();
    if (link.closed) {
      this.outstandingCount--;
    } else {
      const before = link.out.length;
      this.fastSets.answer(write);
      this.answered(write, link.out.length - before, true);
    }
    this.fastSets.release(write);
    this.answerParked(link);
  }

  private answerCommitted(request: PendingRequest, proposal: Proposal, result: ApplyResult): void {
    const { link } = request;
    link.queue?.shift();
    if (link.closed) {
      this.outstandingCount--;
    } else {
      const before = link.out.length;
      answerWrite(request, proposal, { result, tree: this.parts.tree });
      this.answered(request, link.out.length - before, true);
    }
    this.answerParked(link);
  }

  /** The write at the head of its session's queue is done; the reads behind it follow at once. */
  private answerParked({ queue }: ClientLink): void {
    for (let next = queue?.peek(); next !== undefined && !next.isWrite; next = queue?.peek()) {
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
    const { nowMs } = this.now;
    link.stats.lastZxid = this.parts.tree.lastProcessedZxid;
    link.stats.answered(Math.floor(nowMs - receivedAtMs), Math.floor(nowMs));
    this.parts.stats.responseSent(bytes);
    this.parts.stats.answered(nowMs - receivedAtMs, isWrite);
  }

  private note(link: ClientLink, frame: RequestFrame): void {
    const { stats } = link;
    const { xid } = frame;
    stats.received++;
    stats.lastOp = shortOpName(frame.type);
    if (xid >= 0) stats.lastCxid = xid;
    this.parts.stats.received(frame.length);
  }

  private network(link: ClientLink, frame: RequestFrame): void {
    const packet = { xid: frame.xid, reader: frame.reader() };
    const ok =
      frame.type === OpCode.auth
        ? answerAuth(link, packet, this.parts.authenticator)
        : answerSasl(link, packet.xid, packet.reader);
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
