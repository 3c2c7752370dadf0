import type { FinalState, SimEvent, Violation } from '../history.js';
import { LOCK_ROOT } from '../history.js';
import { hex } from './ephemerals.js';
import type { Known } from './known.js';

/**
 * When every lock is released and every attempt over, nobody who lives stands in any line. (What a client left when it died,
 * or when it gave its session up, goes with that session.)
 */
export function contenders({ events }: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const current = currentSessions(events);
  for (const [path, { stat }] of final.nodes) {
    if (!path.startsWith(`${LOCK_ROOT}/`) || !current.has(stat.ephemeralOwner)) continue;
    const message = `${path} of session ${hex(stat.ephemeralOwner)} is left in its line, and nobody knows of it`;
    violations.push({ rule: 'orphan-contender', message, events: [] });
  }
  return violations;
}

/** Sessions that living clients use at the end. */
function currentSessions(events: readonly SimEvent[]): Set<bigint> {
  const byClient = new Map<number, bigint>();
  for (const event of events) {
    if (event.kind === 'death') byClient.delete(event.client);
    if (event.kind !== 'session') continue;
    if (event.state === 'connected') byClient.set(event.client, event.session);
    if (event.state === 'expired' || event.state === 'closed') byClient.delete(event.client);
  }
  return new Set(byClient.values());
}
