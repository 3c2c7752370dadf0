import { ErrorCode } from '../../protocol/error-codes.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import type { MultiRequest } from '../../protocol/multi.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { BytesInPlace } from '../../protocol/quorum/packet-writer.js';
import type { Touch } from '../../protocol/quorum/touches.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import { Fifo } from '../../runtime/fifo.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { EntryInPlace } from '../zab/entry.js';
import { SetInPlace } from '../tree/set-in-place.js';
import type { Writable } from '../tree/writable.js';
import type { Accepted, AcceptedTxn, AcceptedTxns } from './accepted-txns.js';
import type { ClientLink } from './client-link.js';
import { ForwardedWrite } from './forwarded-write.js';
import { LoggedSet } from './logged-set.js';
import type { ClientSession } from './pipeline-parts.js';
import { readSetInPlace } from './read-set-in-place.js';
import type { RequestFrame } from './request-frame.js';
import type { PendingRequest } from './request-queue.js';
import type { Upstream, UpstreamRequest } from './upstream.js';
import type { WritePath, WriteTools } from './write-path.js';

export interface LearnerParts {
  readonly upstream: Upstream;
  /** With what was accepted while this server caught up. */
  readonly accepted: AcceptedTxns;
  /** After this transaction the tree was another at the leader: from here on nothing that is read here can be trusted. */
  diverged(zxid: Zxid): void;
}

const NO_CXID = 0;

/** The way of writes through a learner: to the leader, and back as transactions (quorum-protocol 3.9, 3.11). */
export class LearnerWrites implements WritePath {
  private readonly tools: WriteTools;
  private readonly learner: LearnerParts;
  /** Passed on and not come back, of all clients, in this order; the leader keeps it. */
  private readonly waiting = new Fifo<ForwardedWrite>();
  private readonly syncs = new Fifo<PendingRequest>();
  private touched: ClientSession[] = [];
  /** The request at hand. */
  private readonly body: Writable<BytesInPlace> = { bytes: Buffer.alloc(0), start: 0, end: 0 };
  private readonly request: Writable<UpstreamRequest> = {
    sessionId: 0n,
    cxid: 0,
    opcode: 0,
    body: this.body,
    authinfo: null,
  };
  private readonly set = new SetInPlace();
  private readonly loggedSet = new LoggedSet();
  private readonly scratch = new JuteWriter();

  constructor(tools: WriteTools, learner: LearnerParts) {
    this.tools = tools;
    this.learner = learner;
  }

  /** Forgets them: the leader gets these with its next PING's answer. */
  takeTouches(): Touch[] {
    const living = this.touched.filter(({ isClosing }) => !isClosing);
    const touches = living.map(({ id, timeoutMs }) => [id, timeoutMs] as const);
    for (const session of this.touched) session.isTouched = false;
    this.touched = [];
    return touches;
  }

  heard(session: ClientSession): void {
    if (session.isTouched) return;
    session.isTouched = true;
    this.touched.push(session);
  }

  takeInPlace(link: ClientLink, frame: RequestFrame): boolean {
    if (frame.type !== OpCode.setData) return false;
    if (readSetInPlace(frame.buf, frame.start, frame.end, this.set) !== frame.end) return false;
    this.forward(link, frame, null);
    return true;
  }

  take(link: ClientLink, frame: RequestFrame, body: unknown): void {
    const { xid, type } = frame;
    if (type === OpCode.deleteContainer) {
      // Only a sweep may; some leaders would do it for anybody, whatever the ACLs say (client-protocol 5.3).
      const receivedAtMs = this.tools.desk.now.nowMs;
      return this.tools.desk.park({ link, xid, type, body, isReady: true, receivedAtMs, err: ErrorCode.BADARGUMENTS });
    }
    const opTypes = type === OpCode.multi ? (body as MultiRequest).ops.map((op) => op.type) : null;
    this.forward(link, frame, opTypes);
  }

  sync(request: PendingRequest, frame: RequestFrame): void {
    this.syncs.push(request);
    this.send(request.link, frame);
  }

  createSession(link: ClientLink, sessionId: bigint, timeoutMs: number): void {
    const { scratch, request, body } = this;
    this.wait(link, { xid: NO_CXID, type: OpCode.createSession }, null);
    scratch.truncate(0);
    scratch.int32(timeoutMs);
    body.bytes = scratch.store;
    body.start = 0;
    body.end = scratch.length;
    this.turnTo(sessionId, { xid: NO_CXID, type: OpCode.createSession });
    request.body = body;
    request.authinfo = null;
    this.learner.upstream.request(request);
  }

  revalidate(sessionId: bigint, timeoutMs: number): boolean {
    this.learner.upstream.revalidate(sessionId, timeoutMs);
    return true;
  }

  /** That is for the leader to decide. */
  expireSessions(): ClientSession[] {
    return [];
  }

  endSession(sessionId: bigint): boolean {
    const session = this.tools.parts.sessions.find(sessionId);
    if (session === undefined || session.owner === null) return false;
    this.turnTo(sessionId, { xid: NO_CXID, type: OpCode.closeSession });
    this.request.body = null;
    this.request.authinfo = session.owner.identities;
    this.learner.upstream.request(this.request);
    return true;
  }

  /** The leader proposes. Throws MarshallingError when this server cannot read it: it must not go on without it. */
  accept(entry: EntryInPlace): void {
    this.learner.accepted.accept(entry);
  }

  committed(upTo: CommittedZxid): void {
    const { accepted } = this.learner;
    this.tools.desk.now.read(this.tools.parts.clock);
    for (let next = accepted.shiftUpTo(upTo); next !== null; next = accepted.shiftUpTo(upTo)) this.commit(next);
  }

  /** The leader has answered the oldest sync: everything that was committed before is applied here. */
  syncAnswered(): void {
    const sync = this.syncs.shift();
    if (sync === undefined) return;
    this.tools.desk.now.read(this.tools.parts.clock);
    this.tools.desk.ready(sync);
    this.tools.parts.caughtUp();
  }

  /** The leader has said whether a session lives. */
  revalidated(sessionId: bigint, isValid: boolean): void {
    this.tools.attendance.confirmed(sessionId, isValid);
    const session = this.tools.parts.sessions.find(sessionId);
    if (isValid && session !== undefined) this.heard(session);
  }

  private forward(link: ClientLink, frame: RequestFrame, opTypes: readonly number[] | null): void {
    this.tools.desk.enqueue(this.wait(link, frame, opTypes));
    this.send(link, frame);
  }

  private wait(
    link: ClientLink,
    request: { readonly xid: number; readonly type: number },
    opTypes: readonly number[] | null,
  ): ForwardedWrite {
    const receivedAtMs = this.tools.desk.now.nowMs;
    const write = new ForwardedWrite(link, request, { receivedAtMs, after: this.learner.accepted.lastZxid, opTypes });
    this.waiting.push(write);
    return write;
  }

  private send(link: ClientLink, frame: RequestFrame): void {
    const { request, body } = this;
    body.bytes = frame.buf;
    body.start = frame.start;
    body.end = frame.end;
    this.turnTo(link.sessionId, frame);
    request.body = frame.type === OpCode.closeSession ? null : body;
    request.authinfo = link.identities;
    this.learner.upstream.request(request);
  }

  private turnTo(sessionId: bigint, { xid, type }: { readonly xid: number; readonly type: number }): void {
    this.request.sessionId = sessionId;
    this.request.cxid = xid;
    this.request.opcode = type;
  }

  private commit(accepted: Accepted): void {
    if (accepted.decoded === null && this.commitInPlace(this.loggedSet.turnTo(accepted.entry))) return;
    this.commitTxn(this.learner.accepted.read(accepted));
  }

  /** False, and nothing was done: it goes the general way, which does the same (test/server/pipeline/learner-sets.test.ts). */
  private commitInPlace(logged: LoggedSet): boolean {
    const { applier, desk, parts } = this.tools;
    const { set, zxid } = logged;
    const result = parts.tree.applyLogged(set, applier.begin(zxid));
    if (result === null) return false;
    applier.end(zxid);
    parts.stats.writeAppliedAt(set.bytes, set.pathStart, set.pathEnd, set.dataLength);
    parts.stats.propagated(desk.now.wallMs - set.mtime);
    if (parts.tree.options.digestEnabled && !logged.isWith(parts.tree.digestSum)) this.learner.diverged(zxid);
    const first = this.oldestIf({ cxid: logged.cxid, zxid, type: OpCode.setData });
    if (first === null || !logged.isOf(first.sessionId)) return true;
    this.waiting.shift();
    desk.answerWrite(first, { zxid, err: ErrorCode.OK, result });
    return true;
  }

  private commitTxn({ header, txn, digest }: AcceptedTxn): void {
    const { applier, desk, attendance, parts } = this.tools;
    const request = this.takeIfOurs(header);
    const asked = request === null ? txn : asAsked(txn, request.opTypes);
    const result = applier.apply(header, asked);
    parts.stats.propagated(desk.now.wallMs - header.timeMs);
    if (digest !== null && parts.tree.options.digestEnabled && !parts.tree.digestSum.is(digest.high, digest.low)) {
      this.learner.diverged(header.zxid);
    }
    if (request?.type === OpCode.createSession) {
      if (txn.type === OpCode.error) request.link.close();
    } else if (request !== null) {
      desk.answerWrite(request, { zxid: header.zxid, err: txn.type === OpCode.error ? txn.err : ErrorCode.OK, result });
    }
    if (txn.type === OpCode.createSession) attendance.created(header.clientId, txn.timeOut, header.zxid);
    else if (txn.type === OpCode.closeSession) attendance.closed(header.clientId);
  }

  /** A transaction is the answer to the oldest request, or to none of this server's. */
  private takeIfOurs(header: TxnHeader): ForwardedWrite | null {
    const first = this.oldestIf(header);
    if (first === null || first.sessionId !== header.clientId) return null;
    this.waiting.shift();
    return first;
  }

  /** The oldest request, if this is its answer as far as all but the session says. */
  private oldestIf({ cxid, zxid, type }: Pick<TxnHeader, 'cxid' | 'zxid' | 'type'>): ForwardedWrite | null {
    const first = this.waiting.peek();
    if (first === undefined || first.xid !== cxid || zxid <= first.after) return null;
    return type === first.type || type === OpCode.error ? first : null;
  }
}

/** Inside a multi a create2 is written down as a create, whose answer is another. */
function asAsked(txn: Txn, opTypes: readonly number[] | null): Txn {
  if (txn.type !== OpCode.multi || opTypes === null) return txn;
  return {
    type: OpCode.multi,
    txns: txn.txns.map((each, i) =>
      each.type === OpCode.create && opTypes[i] !== OpCode.create ? { ...each, type: OpCode.create2 } : each,
    ),
  };
}
