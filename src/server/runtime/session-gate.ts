import { ErrorCode } from '../../protocol/error-codes.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { Session } from '../sessions/session.js';
import type { SessionTable } from '../sessions/session-table.js';
import type { SessionGate } from '../tree/proposal.js';

/** Lets the tree's preparation ask the session table whether a session may still write. */
export function sessionGate(sessions: SessionTable<ClientLink>): SessionGate {
  // Writes come in runs of one session, and a table by bigint is slow to ask. A session that leaves the table is closing.
  let last: Session<ClientLink> | undefined;
  return {
    check: ({ sessionId, isInternal }) => {
      if (isInternal) return 0;
      if (last === undefined || last.isClosing || last.id !== sessionId) last = sessions.find(sessionId);
      return last === undefined || last.isClosing ? ErrorCode.SESSIONEXPIRED : 0;
    },
    closing: (sessionId) => sessions.setClosing(sessionId),
  };
}
