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
   * A REQUEST of a learner, of whatever kind but sync. Throws MarshallingError when it is none; a record of a client that
   * cannot be read becomes a transaction that says so.
   */
  forwarded(serverId: number, packet: PacketView): void {
    const { frame, origin } = this;
    const { buf, dataStart, dataEnd } = packet;
    if (dataEnd - dataStart < SESSION_ID_BYTES || !frame.turnTo(buf, dataStart + SESSION_ID_BYTES, dataEnd)) {
      throw new MarshallingError(`a forwarded request of ${dataEnd - dataStart} bytes is too short`);
    }
    this.tools.desk.now.read(this.tools.parts.clock);
    const session = this.finder.findAt(buf, dataStart);
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

  /** A client has come to a learner with a session. False: it is no more; else it is that learner's from here on. */
  revalidate(serverId: number, sessionId: bigint, timeoutMs: number): boolean {
    const { sessions, clock } = this.tools.parts;
    const session = sessions.find(sessionId);
    if (session === undefined || session.isClosing) return false;
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
