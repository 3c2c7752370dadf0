import { ErrorCode } from '../../protocol/error-codes.js';
import type { RequestContext, SessionGate } from '../tree/proposal.js';
import type { ClientSession, ClientSessions, LocalSessions } from './pipeline-parts.js';

/** Sessions that ended, remembered so that they are not taken for local ones of another server. */
const ENDED_MAX = 4096;
/** The server that has made a session is in the top byte of its id. */
const SERVER_ID_SHIFT = 56n;
const SERVER_ID_MASK = 0xffn;

export interface SessionGuardOptions {
  readonly sessions: ClientSessions;
  readonly localSessions: LocalSessions;
  /** Of this server. */
  readonly serverId: number;
}

/**
 * Says whether a session may write: to whoever puts the writes in order. A session writes through one server, the one that it
 * was attached to last; what comes from another is an old connection's (quorum-protocol 3.11).
 */
export class SessionGuard implements SessionGate {
  private readonly options: SessionGuardOptions;
  /** Writes come in runs of one session, and a table by bigint is slow to ask. */
  private last: ClientSession | undefined;
  /** Sessions whose createSession is not applied yet, and the server that each is at. */
  private readonly coming = new Map<bigint, number>();
  private readonly ended = new Set<bigint>();

  constructor(options: SessionGuardOptions) {
    this.options = options;
  }

  check({ sessionId, serverId, isInternal }: RequestContext): number {
    if (isInternal) return ErrorCode.OK;
    let { last } = this;
    // A session that leaves the table is closing.
    if (last === undefined || last.isClosing || last.id !== sessionId) {
      last = this.options.sessions.find(sessionId);
      this.last = last;
    }
    if (last === undefined) return this.checkUnknown(sessionId, serverId);
    if (last.isClosing) return ErrorCode.SESSIONEXPIRED;
    last.serverId ??= serverId;
    return last.serverId === serverId ? ErrorCode.OK : ErrorCode.SESSIONMOVED;
  }

  /** A closeSession was prepared. */
  closing(sessionId: bigint): void {
    this.options.sessions.setClosing(sessionId);
  }

  /** A closeSession was applied. */
  closed(sessionId: bigint): void {
    if (!this.options.localSessions.isEnabled) return;
    this.ended.add(sessionId);
    if (this.ended.size <= ENDED_MAX) return;
    for (const oldest of this.ended) return void this.ended.delete(oldest);
  }

  /** A createSession was prepared for a client of this server. */
  creating(sessionId: bigint, serverId: number): void {
    this.coming.set(sessionId, serverId);
  }

  /** A createSession was applied, and the session is in the table. */
  created(sessionId: bigint): void {
    const serverId = this.coming.get(sessionId);
    this.coming.delete(sessionId);
    const session = this.options.sessions.find(sessionId);
    if (session !== undefined && serverId !== undefined) session.serverId = serverId;
  }

  /** Whether only the server that asks knows of the session. */
  isLocal(sessionId: bigint, serverId: number): boolean {
    const { localSessions, sessions, serverId: own } = this.options;
    if (!localSessions.isEnabled || this.coming.has(sessionId) || this.ended.has(sessionId)) return false;
    if (serverId === own) return localSessions.table.find(sessionId) !== undefined;
    return makerOf(sessionId) !== BigInt(own) && sessions.find(sessionId) === undefined;
  }

  private checkUnknown(sessionId: bigint, serverId: number): number {
    const at = this.coming.get(sessionId);
    if (at !== undefined) return at === serverId ? ErrorCode.OK : ErrorCode.SESSIONMOVED;
    return this.isLocal(sessionId, serverId) ? ErrorCode.OK : ErrorCode.SESSIONEXPIRED;
  }
}

function makerOf(sessionId: bigint): bigint {
  return (sessionId >> SERVER_ID_SHIFT) & SERVER_ID_MASK;
}
