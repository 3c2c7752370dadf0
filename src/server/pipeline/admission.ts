import type { ConnectRequest } from '../../protocol/connect.js';
import { SessionScope } from '../sessions/session.js';
import { isSessionPassword } from '../sessions/session-password.js';
import { negotiateSessionTimeout } from '../sessions/session-timeout.js';
import type { Attendance, Newcomer } from './attendance.js';
import type { ClientLink } from './client-link.js';
import type { ClientSession, PipelineParts } from './pipeline-parts.js';
import type { WritePath } from './write-path.js';

/** Lets connections in: new sessions, sessions that come back, and sessions that are gone (client-protocol 2.3). */
export class Admission {
  private readonly parts: PipelineParts;
  private readonly attendance: Attendance;
  private readonly writes: WritePath;
  private isClosed = false;

  constructor(parts: PipelineParts, attendance: Attendance, writes: WritePath) {
    this.parts = parts;
    this.attendance = attendance;
    this.writes = writes;
  }

  connect(link: ClientLink, request: ConnectRequest): void {
    const { parts } = this;
    parts.stats.connectRequested();
    link.stats.received++;
    link.stats.lastOp = 'SESS';
    if (parts.isReadOnly && request.readOnly !== true) return link.close();
    // It has seen a future this server has not: let it look for a better one.
    if (this.isClosed || request.lastZxidSeen > BigInt(parts.tree.lastProcessedZxid)) return link.close();
    link.identities = parts.authenticator.initialIdentities(link.peer);
    link.mayRequest = parts.authenticator.mayRequest(link.identities);
    const newcomer = { link, request, timeoutMs: negotiateSessionTimeout(request.timeOut, parts.timeoutLimits) };
    if (request.sessionId === 0n) this.create(newcomer);
    else this.reattach(newcomer);
  }

  /** Nobody is let in from here on. */
  close(): void {
    this.isClosed = true;
  }

  private create(newcomer: Newcomer): void {
    const { parts, attendance } = this;
    const { link, timeoutMs } = newcomer;
    const sessionId = parts.nextSessionId();
    link.sessionId = sessionId;
    if (parts.localSessions.isEnabled) {
      const session = parts.localSessions.table.add(sessionId, timeoutMs, parts.clock.monotonicMs());
      session.scope = SessionScope.local;
      return attendance.attach(newcomer, session);
    }
    attendance.awaitCreation(sessionId, newcomer);
    this.writes.createSession(link, sessionId, timeoutMs);
  }

  private reattach(newcomer: Newcomer): void {
    const { parts, attendance } = this;
    const { sessionId, passwd } = newcomer.request;
    parts.stats.connectRevalidated();
    const local = parts.localSessions.table.find(sessionId);
    const session = local ?? parts.sessions.find(sessionId);
    // Even a wrong password disconnects the present owner: it is what clients of the original are used to.
    if (session !== undefined) attendance.sendAway(session);
    if (!isSessionPassword(sessionId, passwd)) return attendance.refuse(newcomer);
    newcomer.link.sessionId = sessionId;
    if (local !== undefined) return this.attachLocal(newcomer, local);
    // It may live or not, and nobody is there to say: the client has to ask elsewhere.
    if (parts.isReadOnly) return newcomer.link.close();
    // Told now that it is over, the client could find its nodes back after a crash.
    if (session?.isClosing === true) return attendance.awaitEnd(sessionId, newcomer);
    if (this.writes.revalidate(sessionId, newcomer.timeoutMs)) return attendance.awaitConfirmation(sessionId, newcomer);
    if (session === undefined) return attendance.refuse(newcomer);
    attendance.attach(newcomer, parts.sessions.add(sessionId, newcomer.timeoutMs, parts.clock.monotonicMs()));
  }

  private attachLocal(newcomer: Newcomer, session: ClientSession): void {
    const { localSessions, clock } = this.parts;
    this.attendance.attach(newcomer, localSessions.table.add(session.id, newcomer.timeoutMs, clock.monotonicMs()));
  }
}
