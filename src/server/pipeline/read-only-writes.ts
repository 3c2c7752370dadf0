import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { ClientLink } from './client-link.js';
import type { ClientSession } from './pipeline-parts.js';
import type { RequestFrame } from './request-frame.js';
import { RequestKind, requestKind } from './request-kinds.js';
import type { PendingRequest } from './request-queue.js';
import type { WritePath, WriteTools } from './write-path.js';

/**
 * The way of writes through a server without a leader: there is none. Whatever would change something, or ask whether
 * something has changed, is refused (client-protocol 10.4) before it is read.
 */
export class ReadOnlyWrites implements WritePath {
  private readonly tools: WriteTools;

  constructor(tools: WriteTools) {
    this.tools = tools;
  }

  heard(): void {
    // Every session is local.
  }

  takeInPlace(link: ClientLink, frame: RequestFrame): boolean {
    if (!needsLeader(frame.type)) return false;
    this.take(link, frame);
    return true;
  }

  take(link: ClientLink, { xid, type }: RequestFrame): void {
    const { desk } = this.tools;
    const receivedAtMs = desk.now.nowMs;
    desk.park({ link, xid, type, body: null, isReady: true, receivedAtMs, err: ErrorCode.NOTREADONLY });
  }

  /** They are refused in place, and none comes here: it must not be answered as if there were a leader to ask. */
  sync({ link }: PendingRequest): void {
    link.close();
  }

  /** Every session is local, and none becomes anything else. */
  createSession(link: ClientLink): void {
    link.close();
  }

  revalidate(): boolean {
    return false;
  }

  expireSessions(): ClientSession[] {
    return [];
  }

  endSession(): boolean {
    return false;
  }

  committed(): void {
    // Nothing is decided without a leader.
  }
}

function needsLeader(type: number): boolean {
  if (type === OpCode.check) return true;
  // The end of a local session is nobody else's business.
  if (type === OpCode.closeSession) return false;
  const kind = requestKind(type);
  return kind === RequestKind.write || kind === RequestKind.sync;
}
