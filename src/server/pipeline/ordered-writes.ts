import { OpCode } from '../../protocol/op-codes.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { Proposal, RequestContext, WriteRequest } from '../tree/proposal.js';
import type { ClientLink } from './client-link.js';
import { NOBODY } from './client-link.js';
import { CommitQueue } from './commit-queue.js';
import { FastSets } from './fast-sets.js';
import { LearnerReports } from './learner-reports.js';
import type { OrderingParts, Unsynced } from './ordering-parts.js';
import type { ClientSession } from './pipeline-parts.js';
import type { RequestFrame } from './request-frame.js';
import type { PendingRequest } from './request-queue.js';
import { Unfinished } from './unfinished.js';
import { UnknownSession } from './unknown-session.js';
import { WriteInPlace } from './write-in-place.js';
import { WriteOrigin } from './write-origin.js';
import type { WritePath, WriteTools } from './write-path.js';

/** The server's own requests have no number. */
const NO_CXID = 0;

/** The way of writes through a server that orders them: prepare, log, commit, answer. They are logged as they arrive. */
export class OrderedWrites implements WritePath {
  private readonly tools: WriteTools;
  private readonly ordering: OrderingParts;
  private readonly unfinished = new CommitQueue();
  private readonly fastSets: FastSets;
  private readonly origin = new WriteOrigin();
  private hasRoom = true;
  /** Of a server that is alone there are none. */
  readonly reports = new LearnerReports();

  constructor(tools: WriteTools, ordering: OrderingParts) {
    this.tools = tools;
    this.ordering = ordering;
    const { tree, stats } = tools.parts;
    this.fastSets = new FastSets({ tree, stats, preparer: ordering.preparer, log: ordering.log });
  }

  heard(session: ClientSession, nowMs: number): void {
    this.tools.parts.sessions.touch(session, nowMs);
  }

  takeInPlace(link: ClientLink, frame: RequestFrame): boolean {
    const write = this.orderInPlace(this.origin.turnToLink(link, this.tools.parts.serverId), frame);
    if (write === null) return false;
    this.tools.desk.enqueue(write);
    return true;
  }

  take(link: ClientLink, { xid, type }: RequestFrame, body: unknown): void {
    const origin = this.origin.turnToLink(link, this.tools.parts.serverId);
    const receivedAtMs = this.tools.desk.now.nowMs;
    const request: PendingRequest = { link, xid, type, body: null, isReady: false, receivedAtMs, err: 0 };
    const proposal = this.order(origin, xid, { type, body } as WriteRequest);
    if (proposal === null) return;
    this.unfinished.push(new Unfinished(proposal, request));
    this.tools.desk.enqueue(request);
  }

  sync(request: PendingRequest): void {
    const { ensemble } = this.ordering;
    if (ensemble === null) this.tools.desk.ready(request);
    else ensemble.sync(request);
  }

  /** What a sync was for is applied. Not to be called before the call that asked for it has returned. */
  synced(source: Unsynced): void {
    if (source instanceof UnknownSession) return this.confirm(source);
    this.tools.desk.ready(source);
    this.tools.parts.caughtUp();
  }

  createSession(_link: ClientLink, sessionId: bigint, timeoutMs: number): void {
    this.orderCreateSession(sessionId, this.tools.parts.serverId, timeoutMs);
  }

  /** Others may lead, and have begun sessions of which this server has never heard: nobody is called over before that is excluded. */
  revalidate(sessionId: bigint): boolean {
    const { ensemble } = this.ordering;
    if (ensemble === null || this.tools.parts.sessions.find(sessionId) !== undefined) return false;
    ensemble.sync(new UnknownSession(sessionId));
    return true;
  }

  expireSessions(nowMs: number): ClientSession[] {
    const { reports } = this;
    const due = this.tools.parts.sessions.expire(nowMs, (session) => reports.isSilent(session));
    for (const session of due) this.expire(session);
    return due;
  }

  /** A session's time is up. */
  expire(session: ClientSession): void {
    this.tools.parts.stats.sessionExpired();
    this.tools.parts.expired(session);
    this.propose(session.id, { type: OpCode.closeSession, body: {} });
  }

  endSession(sessionId: bigint): boolean {
    const session = this.tools.parts.sessions.find(sessionId);
    if (session === undefined || session.isClosing) return false;
    this.propose(sessionId, { type: OpCode.closeSession, body: {} });
    return true;
  }

  /** Removes a container or TTL node whose time has come, if it still may go. */
  reap(path: string): void {
    this.propose(0n, { type: OpCode.deleteContainer, body: { path } });
  }

  committed(upTo: CommittedZxid): void {
    this.tools.desk.now.read(this.tools.parts.clock);
    for (let next = this.unfinished.shiftUpTo(upTo); next !== null; next = this.unfinished.shiftUpTo(upTo)) {
      if (next instanceof WriteInPlace) this.commitInPlace(next);
      else this.commit(next.proposal, next.request);
    }
  }

  /** A set, logged as it lies in its frame; null when nothing was done. Who is to be answered is the caller's to remember. */
  orderInPlace(origin: WriteOrigin, frame: RequestFrame): WriteInPlace | null {
    const zxid = this.nextZxid();
    if (zxid === null) return null;
    const write = this.fastSets.take(origin, frame, zxid, this.tools.desk.now);
    if (write !== null) this.unfinished.push(write);
    return write;
  }

  /** A write that another server answers. */
  orderForOther(origin: WriteOrigin, cxid: number, request: WriteRequest | { readonly err: number }): void {
    const proposal = this.order(origin, cxid, request);
    if (proposal !== null) this.unfinished.push(new Unfinished(proposal, null));
  }

  /** A session that a client of `serverId` has asked for. */
  orderCreateSession(sessionId: bigint, serverId: number, timeoutMs: number): void {
    this.ordering.guard.creating(sessionId, serverId);
    this.propose(sessionId, { type: OpCode.createSession, body: { timeOut: timeoutMs } });
  }

  /** A write of the server itself. */
  propose(sessionId: bigint, request: WriteRequest): void {
    this.tools.desk.now.read(this.tools.parts.clock);
    this.orderForOther(this.origin.turnToSelf(sessionId, this.tools.parts.serverId), NO_CXID, request);
  }

  /** Null: it is dropped, the epoch is over. */
  private order(origin: WriteOrigin, cxid: number, request: WriteRequest | { readonly err: number }): Proposal | null {
    const zxid = this.nextZxid();
    if (zxid === null) return null;
    const { preparer, log, guard } = this.ordering;
    const { sessionId, serverId, identities } = origin;
    const context: RequestContext = {
      sessionId,
      serverId,
      cxid,
      zxid,
      timeMs: this.tools.desk.now.wallMs,
      identities,
      isLocalSession: guard.isLocal(sessionId, serverId),
      isInternal: origin.isSelf,
    };
    const proposal = 'err' in request ? preparer.refuse(request.err, context) : preparer.prepare(request, context);
    log.append(proposal.header, proposal.txn, proposal.digest);
    this.tools.parts.stats.proposed();
    return proposal;
  }

  private confirm({ id }: UnknownSession): void {
    const session = this.tools.parts.sessions.find(id);
    this.tools.attendance.confirmed(id, session !== undefined && !session.isClosing);
  }

  private nextZxid(): Zxid | null {
    const next = this.unfinished.nextZxid(this.tools.parts.tree.lastProcessedZxid);
    const { ensemble } = this.ordering;
    if (ensemble === null || next <= ensemble.zxidMax) return next;
    if (this.hasRoom) ensemble.epochEnded();
    this.hasRoom = false;
    return null;
  }

  private commit(proposal: Proposal, request: PendingRequest | null): void {
    const { header, txn, err } = proposal;
    const { applier, desk, attendance } = this.tools;
    const { preparer, guard } = this.ordering;
    const result = applier.apply(header, txn);
    preparer.committed(header.zxid);
    if (request !== null) desk.answerWrite(request, { zxid: header.zxid, err, result });
    if (txn.type === OpCode.createSession) {
      attendance.created(header.clientId, txn.timeOut, header.zxid);
      guard.created(header.clientId);
    } else if (txn.type === OpCode.closeSession) {
      attendance.closed(header.clientId);
      guard.closed(header.clientId);
    }
  }

  private commitInPlace(write: WriteInPlace): void {
    const { applier, desk } = this.tools;
    const { fastSets } = this;
    fastSets.apply(write, applier.begin(write.zxid));
    applier.end(write.zxid);
    const { link } = write;
    if (link === NOBODY) return fastSets.release(write);
    if (desk.takeOut(write)) {
      const before = link.out.length;
      fastSets.answer(write);
      desk.answeredWrite(write, link.out.length - before);
    }
    fastSets.release(write);
    if (link.queue !== null) desk.settle(link.queue);
  }
}
