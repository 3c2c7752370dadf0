import type { ConnectRequest } from '../../protocol/connect.js';
import { connectResponseCodec, PASSWORD_BYTES } from '../../protocol/connect.js';
import type { Zxid } from '../../protocol/zxid.js';
import { SessionScope } from '../sessions/session.js';
import { sessionPassword } from '../sessions/session-password.js';
import type { ClientLink } from './client-link.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import { sendRecord } from './replies.js';
import { RequestQueue } from './request-queue.js';

const NO_PASSWORD = Buffer.alloc(PASSWORD_BYTES);

/** Somebody who wants to be let in. */
export interface Newcomer {
  readonly link: ClientLink;
  readonly request: ConnectRequest;
  /** As negotiated. */
  readonly timeoutMs: number;
}

/** Which connection of this server each session is attached to, and who waits for a session to begin or to end. */
export class Attendance {
  private readonly parts: PipelineParts;
  /** Links whose createSession is on its way. */
  private readonly coming = new Map<bigint, Newcomer>();
  /** Links that came back to a session of which the leader, or at the leader a quorum, has to say whether it lives. */
  private readonly doubtful = new Map<bigint, Newcomer[]>();
  /** Links that came back to a session whose end is on its way. */
  private readonly late = new Map<bigint, Newcomer[]>();
  /** Local sessions whose createSession is on its way. */
  private readonly upgrading = new Map<bigint, ClientSession>();
  private readonly queues = new Map<bigint, RequestQueue>();

  constructor(parts: PipelineParts) {
    this.parts = parts;
  }

  awaitCreation(sessionId: bigint, newcomer: Newcomer): void {
    this.coming.set(sessionId, newcomer);
  }

  awaitConfirmation(sessionId: bigint, newcomer: Newcomer): void {
    add(this.doubtful, sessionId, newcomer);
  }

  awaitEnd(sessionId: bigint, newcomer: Newcomer): void {
    add(this.late, sessionId, newcomer);
  }

  /** A createSession is applied. */
  created(sessionId: bigint, timeoutMs: number, zxid: Zxid): void {
    const nowMs = this.parts.clock.monotonicMs();
    const upgraded = this.upgrading.get(sessionId);
    if (upgraded !== undefined) {
      this.upgrading.delete(sessionId);
      upgraded.scope = SessionScope.global;
      this.parts.sessions.adopt(upgraded, nowMs);
      return;
    }
    const session = this.parts.sessions.add(sessionId, timeoutMs, nowMs);
    const newcomer = this.coming.get(sessionId);
    this.coming.delete(sessionId);
    if (newcomer === undefined || newcomer.link.closed) return;
    newcomer.link.stats.lastZxid = zxid;
    this.attach(newcomer, session);
  }

  /** A closeSession is applied: the session's connection, if it is still there, is closed without a word. */
  closed(sessionId: bigint): void {
    const session = this.parts.sessions.find(sessionId);
    this.parts.sessions.remove(sessionId);
    this.forget(sessionId, session);
    for (const newcomer of this.late.get(sessionId) ?? []) this.refuse(newcomer);
    this.late.delete(sessionId);
  }

  /** A local session is over. */
  endLocal(session: ClientSession): void {
    this.parts.localSessions.table.remove(session.id);
    this.forget(session.id, session);
  }

  /** It has been said whether the session lives that somebody has come back to: that is said in order. */
  confirmed(sessionId: bigint, isValid: boolean): void {
    const waiting = this.doubtful.get(sessionId);
    const newcomer = waiting?.shift();
    if (waiting?.length === 0) this.doubtful.delete(sessionId);
    if (newcomer === undefined || newcomer.link.closed) return;
    const { sessions, clock } = this.parts;
    if (!isValid) {
      // The leader is ending it, but that may still come to nothing: the client would find its nodes back.
      if (sessions.find(sessionId) === undefined) this.refuse(newcomer);
      else this.awaitEnd(sessionId, newcomer);
      return;
    }
    this.attach(newcomer, sessions.add(sessionId, newcomer.timeoutMs, clock.monotonicMs()));
  }

  /** From here on the session is everybody's: its createSession is on its way. */
  upgrade(session: ClientSession): void {
    session.scope = SessionScope.upgrading;
    this.parts.localSessions.table.release(session);
    this.upgrading.set(session.id, session);
  }

  /** Lets a connection in. */
  attach({ link, request }: Newcomer, session: ClientSession): void {
    this.sendAway(session);
    session.owner = link;
    session.serverId = this.parts.serverId;
    link.sessionId = session.id;
    link.session = session;
    link.queue = this.queueOf(session.id);
    link.stats.establishedWallMs = this.parts.clock.wallMs();
    sendRecord(link, connectResponseCodec, {
      protocolVersion: 0,
      timeOut: session.timeoutMs,
      sessionId: session.id,
      passwd: sessionPassword(session.id),
      readOnly: request.readOnly === 'absent' ? 'absent' : this.parts.isReadOnly,
    });
    link.transport.readOn();
  }

  /** There is no such session, or not for this client. */
  refuse({ link, request }: Newcomer): void {
    if (link.closed) return;
    sendRecord(link, connectResponseCodec, {
      protocolVersion: 0,
      timeOut: 0,
      sessionId: 0n,
      passwd: NO_PASSWORD,
      readOnly: request.readOnly === 'absent' ? 'absent' : this.parts.isReadOnly,
    });
    link.close();
  }

  /** Closes the connection that a session has on this server. */
  sendAway(session: ClientSession): void {
    const { owner } = session;
    if (owner === null) return;
    session.owner = null;
    owner.session = null;
    owner.close();
  }

  detach(link: ClientLink): void {
    if (link.session?.owner === link) link.session.owner = null;
    link.session = null;
  }

  /** Closes every connection there is, and whoever waits. */
  dispose(): void {
    for (const session of this.parts.sessions.values()) this.sendAway(session);
    for (const session of this.parts.localSessions.table.values()) this.sendAway(session);
    for (const session of this.upgrading.values()) this.sendAway(session);
    for (const { link } of this.coming.values()) link.close();
    for (const waiting of [...this.doubtful.values(), ...this.late.values()]) {
      for (const { link } of waiting) link.close();
    }
  }

  private forget(sessionId: bigint, session: ClientSession | undefined): void {
    this.queues.delete(sessionId);
    if (session !== undefined) this.sendAway(session);
  }

  /** Writes of a session may still be on their way when it comes back over another connection. */
  private queueOf(sessionId: bigint): RequestQueue {
    const known = this.queues.get(sessionId);
    if (known !== undefined) return known;
    const fresh = new RequestQueue();
    this.queues.set(sessionId, fresh);
    return fresh;
  }
}

function add(waiting: Map<bigint, Newcomer[]>, sessionId: bigint, newcomer: Newcomer): void {
  const others = waiting.get(sessionId);
  if (others === undefined) waiting.set(sessionId, [newcomer]);
  else others.push(newcomer);
}
