import { ErrorCode } from '../../protocol/error-codes.js';
import type { ClientLink } from '../pipeline/client-link.js';
import type { SessionTable } from '../sessions/session-table.js';
import type { SessionGate } from '../tree/proposal.js';

/** Lets the tree's preparation ask the session table whether a session may still write. */
export function sessionGate(sessions: SessionTable<ClientLink>): SessionGate {
  return {
    check: ({ sessionId, isInternal }) => {
      if (isInternal) return 0;
      const session = sessions.find(sessionId);
      return session === undefined || session.isClosing ? ErrorCode.SESSIONEXPIRED : 0;
    },
    closing: (sessionId) => sessions.setClosing(sessionId),
  };
}
