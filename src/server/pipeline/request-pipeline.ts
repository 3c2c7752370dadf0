import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import { SessionScope } from '../sessions/session.js';
import type { AclList } from '../tree/acl-list.js';
import { WatchTable } from '../watches/watch-table.js';
import type { CommittedZxid } from '../zab/durable.js';
import { Admission } from './admission.js';
import { AnswerDesk } from './answer-desk.js';
import { Attendance } from './attendance.js';
import type { ClientLink } from './client-link.js';
import { createsEphemeral } from './creates-ephemeral.js';
import { decodeRequest } from './decode-request.js';
import { EventSink } from './event-sink.js';
import { FastReads } from './fast-reads.js';
import { answerAuth, answerSasl } from './network-requests.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import { ReadRequests } from './read-requests.js';
import { replyHeader, ZXID_NOT_ORDERED } from './replies.js';
import { RequestFrame } from './request-frame.js';
import { RequestKind, requestKind, shortOpName } from './request-kinds.js';
import type { HeldFrame, PendingRequest, RequestQueue } from './request-queue.js';
import { TxnApplier } from './txn-applier.js';
import type { WritePath, WriteTools } from './write-path.js';

/**
 * The way of a request through a server, whatever part that plays: clients are let in, reads and watches are served from what
 * is applied here, and writes go the way of the part. Synchronous: whoever drives it hands in frames, ticks and what is
 * committed.
 */
export class RequestPipeline<Writes extends WritePath = WritePath> {
  readonly watches: WatchTable<ClientLink, AclList>;
  readonly admission: Admission;
  readonly writes: Writes;
  /** For who acts for other servers. */
  readonly tools: WriteTools;
  private readonly parts: PipelineParts;
  private readonly attendance: Attendance;
  private readonly desk: AnswerDesk;
  private readonly fastReads: FastReads;
  private readonly frame = new RequestFrame();
  private isDisposed = false;

  constructor(parts: PipelineParts, writePath: (tools: WriteTools) => Writes) {
    this.parts = parts;
    const permits: typeof parts.access.permits = (acl, perms, identities) =>
      parts.access.permits(acl, perms, identities);
    const events = new EventSink(permits, parts.stats);
    this.watches = new WatchTable(events);
    this.attendance = new Attendance(parts);
    this.desk = new AnswerDesk(parts, {
      reads: new ReadRequests(parts, this.watches, events),
      attendance: this.attendance,
      resume: (held) => this.resume(held),
    });
    this.fastReads = new FastReads(parts);
    const applier = new TxnApplier(parts, this.watches, events);
    this.tools = { parts, applier, desk: this.desk, attendance: this.attendance };
    this.writes = writePath(this.tools);
    this.admission = new Admission(parts, this.attendance, this.writes);
  }

  /** Requests taken and not yet answered. */
  get outstanding(): number {
    return this.desk.outstanding;
  }

  /** Something came from a link: its session lives. Frames of the same moment follow. */
  heard(link: ClientLink): void {
    const { now } = this.desk;
    now.read(this.parts.clock);
    const { session } = link;
    if (session === null) return;
    if (session.scope === SessionScope.global) this.writes.heard(session, now.nowMs);
    else if (session.scope === SessionScope.local) this.parts.localSessions.table.touch(session, now.nowMs);
  }

  /** A whole frame of an attached link, in place: nothing of it is kept. */
  submit(link: ClientLink, buf: Buffer, start: number, end: number): void {
    if (link.closed || link.isClosing) return;
    const { frame } = this;
    if (!frame.turnTo(buf, start, end)) return link.close();
    this.note(link, frame);
    const { queue } = link;
    if (queue !== null && link.mayRequest && this.submitInPlace(link, queue, frame)) return;
    const { xid, type } = frame;
    if (requestKind(type) === RequestKind.network) return this.network(link, frame);
    if (!link.mayRequest) return this.refuseUnauthenticated(link, xid);
    if (queue !== null && queue.sync !== null) return this.desk.hold(link, queue, frame);
    this.handle(link, frame);
  }

  /** Everything up to here is decided: apply it, answer it, and let go what waited behind it. */
  committed(upTo: CommittedZxid): void {
    if (!this.isDisposed) this.writes.committed(upTo);
  }

  /** The socket is gone: its watches and credentials with it; the session stays. */
  linkClosed(link: ClientLink): void {
    link.closed = true;
    this.watches.dropConnection(link);
    this.attendance.detach(link);
  }

  /** Closes the sessions whose time is up, as far as that is this server's to decide. */
  expireSessions(nowMs: number): ClientSession[] {
    const local = this.parts.localSessions.table.expire(nowMs);
    for (const session of local) {
      this.parts.stats.sessionExpired();
      this.parts.expired(session);
      this.attendance.endLocal(session);
    }
    return [...local, ...this.writes.expireSessions(nowMs)];
  }

  /** Closes a session before its time; false when there is none to close, or it is another server's to do. */
  endSession(sessionId: bigint): boolean {
    const local = this.parts.localSessions.table.find(sessionId);
    if (local === undefined) return this.writes.endSession(sessionId);
    this.attendance.endLocal(local);
    return true;
  }

  /** This server plays this part no more: every client is sent away, and nobody is answered any more. */
  dispose(): void {
    this.isDisposed = true;
    this.admission.close();
    this.attendance.dispose();
  }

  /** False when nothing was done: the request goes the general way. */
  private submitInPlace(link: ClientLink, queue: RequestQueue, frame: RequestFrame): boolean {
    if (queue.length === 0 && this.fastReads.answer(link, frame, this.desk.now.nowMs)) return true;
    return queue.sync === null && this.writes.takeInPlace(link, frame);
  }

  private handle(link: ClientLink, frame: RequestFrame): void {
    const { type } = frame;
    const kind = requestKind(type);
    if (kind === RequestKind.unknown) {
      // The connection ends with the answer: what follows is not even tried.
      link.isClosing = true;
      return this.desk.park(this.request(link, frame, { body: null, err: ErrorCode.UNIMPLEMENTED }));
    }
    const { body, err } = decodeRequest(type, frame.reader());
    if (kind === RequestKind.read || err !== 0) return this.desk.park(this.request(link, frame, { body, err }));
    if (kind === RequestKind.sync) {
      const sync: PendingRequest = { ...this.request(link, frame, { body, err }), isReady: false };
      this.desk.enqueueSync(sync);
      return this.writes.sync(sync, frame);
    }
    if (type === OpCode.closeSession) link.isClosing = true;
    const { session } = link;
    if (session !== null && session.scope === SessionScope.local) {
      // Nobody else knows of this session, or is to know.
      if (type === OpCode.closeSession) return this.desk.park(this.request(link, frame, { body: null, err }));
      if (this.parts.localSessions.isUpgradingEnabled && createsEphemeral(type, body)) this.upgrade(link, session);
    }
    this.writes.take(link, frame, body);
  }

  /** The session becomes known to all before it does what only such a session may. */
  private upgrade(link: ClientLink, session: ClientSession): void {
    this.attendance.upgrade(session);
    this.writes.createSession(link, session.id, session.timeoutMs);
  }

  /** The sync before it is answered: now this one may go its way. */
  private resume({ link, bytes }: HeldFrame): void {
    if (link.closed || link.isClosing) return;
    const { frame } = this;
    frame.turnTo(bytes, 0, bytes.length);
    this.handle(link, frame);
  }

  private request(
    link: ClientLink,
    { xid, type }: RequestFrame,
    { body, err }: { readonly body: unknown; readonly err: number },
  ): PendingRequest {
    return { link, xid, type, body, isReady: true, receivedAtMs: this.desk.now.nowMs, err };
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
