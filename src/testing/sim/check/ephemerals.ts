import type { FinalState, Violation } from '../history.js';
import { describe } from './calls.js';
import { placesOf } from './fresh-reads.js';
import type { Known } from './known.js';

/**
 * Ephemeral nodes go with their session and not after it. (That they do not go before it is a matter of fresh reads and of
 * survival: a session that showed a sign of life later cannot explain a missing node.)
 */
export function ephemerals(known: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  for (const [path, { stat }] of final.nodes) {
    if (stat.ephemeralOwner === 0n || final.liveSessions.has(stat.ephemeralOwner)) continue;
    const message = `the final state has ${path} of session ${hex(stat.ephemeralOwner)}, which is over`;
    violations.push({ rule: 'ephemerals', message, events: [] });
  }
  for (const call of known.calls) {
    const stat = call.result?.stat ?? null;
    if (call.outcome !== 'ok' || stat === null || stat.ephemeralOwner === 0n) continue;
    const closing = known.sessions.closingOf(stat.ephemeralOwner);
    if (closing === null || closing.index > call.invokedAt) continue;
    if (closing.frame.type === 'answer' && closing.frame.zxid > call.readFloorZxid) continue;
    const message = `${describe(call)} shows a node of session ${hex(stat.ephemeralOwner)}, which was closed before`;
    violations.push({ rule: 'ephemerals', message, events: [closing.index, ...placesOf(call)] });
  }
  return violations;
}

export function hex(session: bigint): string {
  return `0x${BigInt.asUintN(64, session).toString(16)}`;
}
