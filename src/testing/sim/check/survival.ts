import type { FinalState, Violation } from '../history.js';
import { DATA_ROOT } from '../history.js';
import { parentOf } from '../../../protocol/paths.js';
import type { Known, Look } from './known.js';

/** What was acknowledged is still so in the end, unless something later undid it. */
export function survival(known: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const violate = (message: string): void => {
    violations.push({ rule: 'survival', message: `the final state ${message}`, events: [] });
  };
  for (const path of known.timeline.paths()) {
    if (!path.startsWith(DATA_ROOT)) continue;
    const last = known.timeline.of(path).at(-1);
    if (last === undefined) continue;
    const node = final.nodes.get(path);
    if (node === undefined) {
      if (last.type === 'deleted' || known.mayBeRemoved(last, THE_END)) continue;
      if (hasEnded(final, known.timeline.ownerAt(last))) continue;
      violate(`lacks ${path}, which was ${last.type} by zxid ${last.zxid}`);
    } else if (last.type === 'deleted') {
      if (node.stat.czxid > last.zxid) continue;
      violate(`has ${path} as created by zxid ${node.stat.czxid}, but zxid ${last.zxid} deleted it`);
    } else if (node.stat.mzxid < last.zxid) {
      violate(`has ${path} as of zxid ${node.stat.mzxid}, but zxid ${last.zxid} came later: ${last.type}`);
    }
  }
  for (const [path, { stat }] of final.nodes) {
    if (
      !path.startsWith(DATA_ROOT) ||
      known.timeline.childrenOf(path).some((child) => known.containersAt(child).length > 0)
    ) {
      // The server may remove a container between two looks.
      continue;
    }
    const names = childrenIn(final, path);
    if (stat.numChildren !== names) violate(`counts ${stat.numChildren} children of ${path}, and has ${names}`);
  }
  return violations;
}

const THE_END: Look = { returnedAt: Infinity, returnedMs: Infinity, seenZxid: Infinity };

/** Nobody was told of the owner, or it is no more. */
function hasEnded(final: FinalState, owner: bigint | null): boolean {
  return owner === null || (owner !== 0n && !final.liveSessions.has(owner));
}

function childrenIn(final: FinalState, parent: string): number {
  let count = 0;
  for (const path of final.nodes.keys()) if (path !== '/' && parentOf(path) === parent) count++;
  return count;
}
