import type { SimStat, Violation } from '../history.js';
import { DATA_ROOT } from '../history.js';
import { ErrorCode } from '../../../protocol/error-codes.js';
import { childOf } from '../../../protocol/paths.js';
import type { Call } from './calls.js';
import { describe } from './calls.js';
import type { Known } from './known.js';

/** What a call shows of a node: its stat, `present` without one, or that it is missing. */
export type Sight = SimStat | 'present' | 'missing';

/**
 * One server answers every read from one tree: whatever anybody had been told of before a read was made, the read shows,
 * or something newer; of several servers see `readFloorZxid`. Also holds for what the reader itself had asked for earlier in the same session: `ownFloorZxid`.
 */
export function freshReads(known: Known): Violation[] {
  const violations: Violation[] = [];
  for (const call of known.calls) {
    for (const [path, sight] of sightsOf(call, known)) {
      const why = staleness(known, { call, path, sight, floorZxid: call.readFloorZxid });
      if (why !== null)
        violations.push({ rule: 'fresh-reads', message: `${describe(call)} ${why}`, events: placesOf(call) });
    }
  }
  return violations;
}

export function placesOf(call: Call): number[] {
  return call.returnedAt === Infinity ? [call.invokedAt] : [call.invokedAt, call.returnedAt];
}

/** All nodes that a read tells about, outside the recipes' part of the tree. */
export function sightsOf(call: Call, known: Known): [path: string, sight: Sight][] {
  const { op, outcome, result, rc } = call;
  if (op.type !== 'getData' && op.type !== 'exists' && op.type !== 'getChildren') return [];
  if (!op.path.startsWith(DATA_ROOT)) return [];
  if (outcome === 'failed') return rc === ErrorCode.NONODE ? [[op.path, 'missing']] : [];
  if (outcome !== 'ok' || result === null) return [];
  const sights: [string, Sight][] = [[op.path, result.stat ?? 'missing']];
  if (op.type === 'getChildren' && result.children !== null) {
    const children = new Set(result.children.map((name) => childOf(op.path, name)));
    for (const child of children) sights.push([child, 'present']);
    for (const path of known.timeline.childrenOf(op.path)) if (!children.has(path)) sights.push([path, 'missing']);
  }
  return sights;
}

interface Looked {
  readonly call: Call;
  readonly path: string;
  readonly sight: Sight;
  readonly floorZxid: number;
}

/** What is wrong with showing this of a node when the server had got to `floorZxid` before; null: nothing. */
export function staleness(known: Known, { call, path, sight, floorZxid }: Looked): string | null {
  const last = known.timeline.lastUpTo(path, floorZxid);
  if (sight === 'missing') {
    if (last === null || last.type === 'deleted' || known.mayBeGone(last, call)) return null;
    return `misses ${path}, which was ${last.type} by zxid ${last.zxid}, known of before, and which nobody can have removed`;
  }
  if (last === null) return null;
  if (sight === 'present') {
    if (last.type !== 'deleted' || known.mayBeBack(path, last, call)) return null;
    return `shows ${path}, which was deleted by zxid ${last.zxid}, known of before, and which nobody can have made again`;
  }
  if (last.type === 'deleted') {
    if (sight.czxid > last.zxid) return null;
    return `shows ${path} as created by zxid ${sight.czxid}, but zxid ${last.zxid}, known of before, deleted it`;
  }
  if (sight.mzxid >= last.zxid) return null;
  return `shows ${path} as of zxid ${sight.mzxid}, but it was ${last.type} by zxid ${last.zxid}, known of before`;
}
