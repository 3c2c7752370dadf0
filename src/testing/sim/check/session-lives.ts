import type { FinalState, SimEvent, Violation } from '../history.js';
import { ErrorCode } from '../../../protocol/error-codes.js';
import { hex } from './ephemerals.js';
import type { Known } from './known.js';

/** A session lives at least for its timeout after the server last heard of it, and never comes back once it is over. */
export function sessionLives(known: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const timeouts = new Map<bigint, number>();
  const over = new Map<bigint, SimEvent>();
  for (const event of known.events) {
    if (event.kind === 'session') {
      if (event.timeoutMs !== null) timeouts.set(event.session, event.timeoutMs);
      if (event.state !== 'expired' || event.reason !== 'expired') continue;
      over.set(event.session, event);
      const timeoutMs = timeouts.get(event.session);
      const heardMs = known.sessions.lastSignUpTo(event.session, event.atMs);
      if (timeoutMs === undefined || heardMs === null || event.atMs - heardMs >= timeoutMs) continue;
      const silentMs = Math.round(event.atMs - heardMs);
      const message = `session ${hex(event.session)} of ${timeoutMs} ms had expired ${silentMs} ms after a sign of life`;
      violations.push({ rule: 'session-lives', message, events: [event.index] });
    }
    if (event.kind === 'wire' && event.frame.type === 'answer' && event.frame.rc !== ErrorCode.SESSIONEXPIRED) {
      const end = over.get(event.session);
      if (end === undefined) continue;
      const message = `session ${hex(event.session)} was served after it was over`;
      violations.push({ rule: 'session-lives', message, events: [end.index, event.index] });
    }
  }
  for (const [session, end] of over) {
    if (!final.liveSessions.has(session)) continue;
    const message = `session ${hex(session)} lives in the final state, though it was over`;
    violations.push({ rule: 'session-lives', message, events: [end.index] });
  }
  return violations;
}
