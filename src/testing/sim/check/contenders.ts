import type { FinalState, Violation } from '../history.js';
import { LOCK_ROOT } from '../history.js';
import { hex } from './ephemerals.js';
import type { Known } from './known.js';

/** When every lock is released and every attempt over, no line has anybody left in it. */
export function contenders(_known: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  for (const [path, { stat }] of final.nodes) {
    if (!path.startsWith(`${LOCK_ROOT}/`) || stat.ephemeralOwner === 0n) continue;
    const message = `${path} of session ${hex(stat.ephemeralOwner)} is left in its line, and nobody knows of it`;
    violations.push({ rule: 'orphan-contender', message, events: [] });
  }
  return violations;
}
