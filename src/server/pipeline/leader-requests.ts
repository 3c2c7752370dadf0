import { ErrorCode } from '../../protocol/error-codes.js';
import { MarshallingError } from '../../protocol/errors.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import { SessionFinder } from '../sessions/session-finder.js';
import type { WriteRequest } from '../tree/proposal.js';
import type { ClientLink } from './client-link.js';
import { decodeRequest } from './decode-request.js';
import { IdentityCache } from './identity-cache.js';
import type { OrderedWrites } from './ordered-writes.js';
import { RequestFrame } from './request-frame.js';
import { RequestKind, requestKind } from './request-kinds.js';
import { WriteOrigin } from './write-origin.js';
import type { WriteTools } from './write-path.js';

/** long sessionId: what comes behind it has the form of a client's request. */
const SESSION_ID_BYTES = 8;

/** What learners ask of their leader (quorum-protocol 3.11). Nobody is answered here: they see what is committed. */
export class LeaderRequests {
  private readonly tools: WriteTools;
  private readonly writes: OrderedWrites;
  private readonly finder: SessionFinder<ClientLink>;
  private readonly frame = new RequestFrame();
  private readonly origin = new WriteOrigin();
  private readonly identities = new IdentityCache();

  constructor(tools: WriteTools, writes: OrderedWrites) {
    this.tools = tools;
    this.writes = writes;
    this.finder = new SessionFinder(tools.parts.sessions);
  }

  /**
   * A REQUEST of a learner: its session lives, by this leader's clock. Of a sync that is all that is done here. Throws
   * MarshallingError when it is none; a record of a client that cannot be read becomes a transaction that says so.
   */
  forwarded(serverId: number, packet: PacketView): void {
    const { frame, origin } = this;
    const { buf, dataStart, dataEnd } = packet;
    if (dataEnd - dataStart < SESSION_ID_BYTES || !frame.turnTo(buf, dataStart + SESSION_ID_BYTES, dataEnd)) {
      throw new MarshallingError(`a forwarded request of ${dataEnd - dataStart} bytes is too short`);
    }
    const { parts, desk } = this.tools;
    desk.now.read(parts.clock);
    const session = this.finder.findAt(buf, dataStart);
    // Whoever gets an answer by the ensemble may count on its session from then on, whatever becomes of touches.
    if (session !== null) parts.sessions.touch(session, desk.now.nowMs);
    if (frame.type === OpCode.sync) return;
    const sessionId = session === null ? buf.readBigInt64BE(dataStart) : session.id;
    origin.turnToOther(session, sessionId, { serverId, identities: this.identities.read(packet) });
    if (session !== null && this.writes.orderInPlace(origin, frame) !== null) return;
    if (frame.type === OpCode.createSession) this.createSession(sessionId, serverId);
    else this.writes.orderForOther(origin, frame.xid, this.decode());
  }

  /** A learner has heard of a session. */
  touch(sessionId: bigint, timeoutMs: number): void {
    const { sessions, clock } = this.tools.parts;
    const session = sessions.find(sessionId);
    if (session === undefined) return;
    session.timeoutMs = timeoutMs;
    sessions.touch(session, clock.monotonicMs());
  }

  /**
   * A learner has told of all sessions that it had heard of up to then (monotonic ms): it has answered a PING that was sent at
   * that moment. From its first such answer on, its sessions expire only when it has been heard so.
   */
  told(serverId: number, upToMs: number): void {
    for (const session of this.writes.reports.told(serverId, upToMs)) {
      this.tools.parts.sessions.setClosing(session.id);
      this.writes.expire(session);
    }
  }

  /** A learner is gone. Its clients may have been told that they live for as long as it did not know that: they get their full time. */
  lost(serverId: number): void {
    const { sessions, clock } = this.tools.parts;
    const nowMs = clock.monotonicMs();
    this.writes.reports.forget(serverId);
    for (const session of sessions.values()) if (session.serverId === serverId) sessions.touch(session, nowMs);
  }

  /**
   * A client has come to a learner with a session. True: it is that learner's from here on. False: it is no more, if this server still
   * leads. Null: its end is on its way; told of it now, the client could find its nodes back after a crash.
   */
  revalidate(serverId: number, sessionId: bigint, timeoutMs: number): boolean | null {
    const { sessions, clock } = this.tools.parts;
    const session = sessions.find(sessionId);
    if (session === undefined) return false;
    if (session.isClosing) return null;
    this.tools.attendance.sendAway(session);
    sessions.add(sessionId, timeoutMs, clock.monotonicMs());
    session.serverId = serverId;
    return true;
  }

  /**
   * This server leads. Ephemeral nodes of sessions that do not exist are removed, by a transaction, so that all servers do the
   * same: what they remove each for itself they may remove at different times.
   */
  takeOver(): void {
    const { tree, sessions } = this.tools.parts;
    const orphaned = [...tree.ephemeralOwners()].map(([sessionId]) => sessionId);
    for (const sessionId of orphaned) {
      if (sessions.find(sessionId) === undefined)
        this.writes.propose(sessionId, { type: OpCode.closeSession, body: {} });
    }
  }

  private createSession(sessionId: bigint, serverId: number): void {
    this.writes.orderCreateSession(sessionId, serverId, this.frame.reader().int32());
  }

  private decode(): WriteRequest | { readonly err: number } {
    const { type } = this.frame;
    if (requestKind(type) !== RequestKind.write) return { err: ErrorCode.UNIMPLEMENTED };
    const { body, err } = decodeRequest(type, this.frame.reader());
    return err === 0 ? ({ type, body } as WriteRequest) : { err };
  }
}
