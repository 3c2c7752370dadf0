import type { Violation } from '../history.js';
import { describe, writesOf, zxidOf } from './calls.js';
import type { Call } from './calls.js';
import { placesOf } from './fresh-reads.js';
import type { Known } from './known.js';

/**
 * Writes are done in the order of their zxids, and that order is one in which they can have happened: no two share a
 * zxid but the parts of a multi, and a write made after anybody had been told of a zxid has a greater one.
 */
export function writeOrder(known: Known): Violation[] {
  const violations: Violation[] = [];
  const owners = new Map<number, Call>();
  const violate = (call: Call, why: string, events = placesOf(call)): void => {
    violations.push({ rule: 'write-order', message: `${describe(call)} ${why}`, events });
  };
  for (const call of known.calls) {
    if (call.outcome !== 'ok') continue;
    const writes = writesOf(call);
    const zxids = new Set(writes.map(zxidOf).filter((zxid) => zxid !== null));
    if (zxids.size > 1) violate(call, `has parts with different zxids: ${[...zxids].join(', ')}`);
    for (const zxid of zxids) {
      const other = owners.get(zxid);
      if (other !== undefined) {
        violate(call, `has zxid ${zxid}, as has ${describe(other)}`, [...placesOf(other), ...placesOf(call)]);
      }
      owners.set(zxid, call);
      if (zxid <= call.floorZxid) {
        violate(call, `has zxid ${zxid}, but ${call.floorZxid} was known of before it was made`);
      }
    }
    for (const { write, result } of writes) {
      if (write.type !== 'setData' || write.version === -1 || !result?.stat) continue;
      const { version } = result.stat;
      if (version === write.version + 1) continue;
      violate(call, `asked for version ${write.version} of ${write.path} and made version ${version}`);
    }
  }
  return violations;
}
