import type { ConnectRequest } from '../../protocol/connect.js';
import { connectResponseCodec, PASSWORD_BYTES } from '../../protocol/connect.js';
import { OpCode } from '../../protocol/op-codes.js';
import { Fifo } from '../../runtime/fifo.js';
import { isSessionPassword, sessionPassword } from '../sessions/session-password.js';
import { negotiateSessionTimeout } from '../sessions/session-timeout.js';
import type { WriteRequest } from '../tree/proposal.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ClientLink } from './client-link.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import { sendRecord } from './replies.js';
import type { PendingRequest, RequestQueue } from './request-queue.js';

const NO_PASSWORD = Buffer.alloc(PASSWORD_BYTES);

interface Newcomer {
  readonly link: ClientLink;
  readonly request: ConnectRequest;
}

type Propose = (sessionId: bigint, request: WriteRequest) => Zxid;

/** Lets connections in: new sessions, sessions that come back, and sessions that are gone (client-protocol 2.3). */
export class Admission {
  private readonly parts: PipelineParts;
  private readonly propose: Propose;
  /** Links whose createSession is on its way to the disk. */
  private readonly waiting = new Map<bigint, Newcomer>();
  /** Links that came back to a session whose end is on its way to the disk. */
  private readonly late = new Map<bigint, Newcomer[]>();
  private readonly queues = new Map<bigint, RequestQueue>();

  constructor(parts: PipelineParts, propose: Propose) {
    this.parts = parts;
    this.propose = propose;
  }

  connect(link: ClientLink, request: ConnectRequest): void {
    const { parts } = this;
    parts.stats.connectRequested();
    link.stats.received++;
    link.stats.lastOp = 'SESS';
    // It has seen a future this server has not: let it look for a better one.
    if (request.lastZxidSeen > BigInt(parts.tree.lastProcessedZxid)) return link.close();
    link.identities = parts.authenticator.initialIdentities(link.peer);
    link.mayRequest = parts.authenticator.mayRequest(link.identities);
    const timeoutMs = negotiateSessionTimeout(request.timeOut, parts.timeoutLimits);
    if (request.sessionId === 0n) this.create(link, request, timeoutMs);
    else this.reattach(link, request, timeoutMs);
  }

  /** A createSession is on disk and applied. */
  created(sessionId: bigint, timeoutMs: number, zxid: Zxid): void {
    const session = this.parts.sessions.add(sessionId, timeoutMs, this.parts.clock.monotonicMs());
    const waiting = this.waiting.get(sessionId);
    this.waiting.delete(sessionId);
    if (waiting === undefined || waiting.link.closed) return;
    waiting.link.stats.lastZxid = zxid;
    this.attach(waiting.link, session, waiting.request);
  }

  /** A closeSession is on disk and applied: the session's connection, if it is still there, is closed without a word. */
  closed(sessionId: bigint): void {
    const session = this.parts.sessions.find(sessionId);
    this.parts.sessions.remove(sessionId);
    this.queues.delete(sessionId);
    for (const { link, request } of this.late.get(sessionId) ?? []) if (!link.closed) refuse(link, request);
    this.late.delete(sessionId);
    const link = session?.owner;
    if (link === null || link === undefined) return;
    link.session = null;
    link.close();
  }

  detach(link: ClientLink): void {
    if (link.session?.owner === link) link.session.owner = null;
    link.session = null;
  }

  private create(link: ClientLink, request: ConnectRequest, timeoutMs: number): void {
    const sessionId = this.parts.nextSessionId();
    link.sessionId = sessionId;
    this.waiting.set(sessionId, { link, request });
    this.propose(sessionId, { type: OpCode.createSession, body: { timeOut: timeoutMs } });
  }

  private reattach(link: ClientLink, request: ConnectRequest, timeoutMs: number): void {
    const { parts } = this;
    parts.stats.connectRevalidated();
    const session = parts.sessions.find(request.sessionId);
    // Even a wrong password disconnects the present owner: it is what clients of the original are used to.
    if (session?.owner) {
      const { owner } = session;
      session.owner = null;
      owner.session = null;
      owner.close();
    }
    if (session === undefined || !isSessionPassword(session.id, request.passwd)) return refuse(link, request);
    if (session.isClosing) {
      // Told now that it is over, the client could find its nodes back after a crash.
      const late = this.late.get(session.id) ?? [];
      late.push({ link, request });
      this.late.set(session.id, late);
      return;
    }
    link.sessionId = session.id;
    this.attach(link, parts.sessions.add(session.id, timeoutMs, parts.clock.monotonicMs()), request);
  }

  private attach(link: ClientLink, session: ClientSession, request: ConnectRequest): void {
    session.owner = link;
    link.session = session;
    link.queue = this.queueOf(session.id);
    link.stats.establishedWallMs = this.parts.clock.wallMs();
    sendRecord(link, connectResponseCodec, {
      protocolVersion: 0,
      timeOut: session.timeoutMs,
      sessionId: session.id,
      passwd: sessionPassword(session.id),
      readOnly: request.readOnly === 'absent' ? 'absent' : false,
    });
    link.transport.readOn();
  }

  /** Writes of a session may still be on their way when it comes back over another connection. */
  private queueOf(sessionId: bigint): RequestQueue {
    const known = this.queues.get(sessionId);
    if (known !== undefined) return known;
    const fresh = new Fifo<PendingRequest>();
    this.queues.set(sessionId, fresh);
    return fresh;
  }
}

/** There is no such session, or not for this client. */
function refuse(link: ClientLink, request: ConnectRequest): void {
  sendRecord(link, connectResponseCodec, {
    protocolVersion: 0,
    timeOut: 0,
    sessionId: 0n,
    passwd: NO_PASSWORD,
    readOnly: request.readOnly === 'absent' ? 'absent' : false,
  });
  link.close();
}
