import type { Violation } from '../history.js';
import { parentOf } from '../../../protocol/paths.js';
import { isSequential, SUFFIX_LENGTH, pathOf, writesOf, zxidOf } from './calls.js';
import type { Known } from './known.js';

interface Made {
  readonly path: string;
  readonly zxid: number;
  readonly suffix: number;
  readonly at: number;
}

/** Below one parent, while it lives, a later sequential node has a greater suffix. */
export function sequenceSuffixes(known: Known): Violation[] {
  const violations: Violation[] = [];
  for (const [parent, made] of sequentialNodes(known)) {
    made.sort((a, b) => a.zxid - b.zxid || a.suffix - b.suffix);
    for (let at = 1; at < made.length; at++) {
      const [before, now] = [made[at - 1], made[at]] as [Made, Made];
      if (now.suffix > before.suffix || mayBeNew(known, parent, [before.zxid, now.zxid])) continue;
      const message = `${now.path} was made by zxid ${now.zxid}, after ${before.path} by zxid ${before.zxid}`;
      violations.push({ rule: 'sequence-suffixes', message, events: [before.at, now.at] });
    }
  }
  return violations;
}

function sequentialNodes(known: Known): Map<string, Made[]> {
  const byPath = new Map<string, Made>();
  const note = (path: string, zxid: number, at: number): void => {
    byPath.set(`${zxid} ${path}`, { path, zxid, suffix: Number(path.slice(-SUFFIX_LENGTH)), at });
  };
  for (const event of known.events) {
    if (event.kind !== 'wire' || event.frame.type !== 'answer') continue;
    const { changes, zxid } = event.frame;
    for (const { path, isSequential: hasSuffix } of changes) if (hasSuffix) note(path, zxid, event.index);
  }
  for (const call of known.calls) {
    if (call.outcome !== 'ok') continue;
    for (const written of writesOf(call)) {
      const zxid = zxidOf(written);
      if (written.write.type !== 'create' || !isSequential(written.write.mode) || zxid === null) continue;
      note(pathOf(written), zxid, call.returnedAt);
    }
  }
  const byParent = new Map<string, Made[]>();
  for (const made of byPath.values()) {
    const parent = parentOf(made.path);
    byParent.set(parent, [...(byParent.get(parent) ?? []), made]);
  }
  return byParent;
}

/** The parent may have been made anew between the two: it counts from 0 again. */
function mayBeNew(known: Known, parent: string, [from, to]: [number, number]): boolean {
  const changes = known.timeline.of(parent);
  if (changes.some(({ type, zxid }) => type === 'created' && zxid > from && zxid <= to)) return true;
  if (known.uncertainWrites(parent).some(({ write }) => write.type === 'create')) return true;
  return known.events.some((event) => {
    if (event.kind !== 'wire' || event.frame.type !== 'unanswered') return false;
    return event.frame.op.startsWith('create') && event.frame.path === parent;
  });
}
