import type { FinalState, SimStat, Violation } from '../history.js';
import type { Known } from './known.js';

/** What one look at a node told of it. */
interface Look {
  readonly stat: SimStat;
  readonly who: string;
  readonly events: readonly number[];
}

/**
 * Whatever stats tell of one life of a node fits together, before and after any restart: what a transaction left is told
 * alike to everybody, and `cversion` counts each child that came or went, of which `numChildren` are left.
 */
export function stats(known: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  for (const [life, looks] of livesOf(known, final)) {
    const path = life.slice(life.indexOf('/'));
    const violate = (why: string, ...about: readonly Look[]): void => {
      const events = about.flatMap((look) => look.events);
      violations.push({ rule: 'stats', message: `${path}: ${why}`, events });
    };
    for (const field of FIELDS) {
      const [a, b] = firstPair(looks, field);
      if (a === undefined || b === undefined) continue;
      const { name, of } = field;
      violate(`${a.who} and ${b.who} disagree on its ${name}: ${a.stat[name]} or ${b.stat[name]}, of one ${of}`, a, b);
    }
    checkChildren(known, looks, { path, violate });
  }
  return violations;
}

type FieldName = keyof SimStat;

/** A field that stays the same for as long as another does. */
interface Field {
  readonly name: FieldName;
  readonly of: 'czxid' | 'mzxid' | 'pzxid';
}

/** Nobody changes an ACL in these worlds. */
const FIELDS: readonly Field[] = [
  { name: 'ctime', of: 'czxid' },
  { name: 'aversion', of: 'czxid' },
  { name: 'ephemeralOwner', of: 'czxid' },
  { name: 'mtime', of: 'mzxid' },
  { name: 'version', of: 'mzxid' },
  { name: 'dataLength', of: 'mzxid' },
  { name: 'cversion', of: 'pzxid' },
  { name: 'numChildren', of: 'pzxid' },
];

/** Two looks that contradict each other. */
function firstPair(looks: readonly Look[], { name, of }: Field): readonly Look[] {
  const first = new Map<number, Look>();
  for (const look of looks) {
    const before = first.get(look.stat[of]);
    if (before === undefined) first.set(look.stat[of], look);
    else if (before.stat[name] !== look.stat[name]) return [before, look];
  }
  return [];
}

interface Place {
  readonly path: string;
  readonly violate: (why: string, ...about: readonly Look[]) => void;
}

function checkChildren(known: Known, looks: readonly Look[], { path, violate }: Place): void {
  const inOrder = [...looks].sort((a, b) => a.stat.pzxid - b.stat.pzxid);
  for (const [at, now] of inOrder.entries()) {
    const { cversion, numChildren, pzxid, czxid } = now.stat;
    if (cversion < numChildren || (cversion - numChildren) % 2 !== 0) {
      return violate(`${now.who} shows ${numChildren} children and cversion ${cversion}`, now);
    }
    const before = inOrder[at - 1];
    const since = before?.stat ?? { cversion: 0, numChildren: 0, pzxid: czxid };
    if (before !== undefined && since.pzxid === pzxid) continue;
    const steps = cversion - since.cversion;
    const least = Math.max(
      Math.abs(numChildren - since.numChildren),
      known.timeline.changesOfChildrenWithin(path, { after: since.pzxid, upTo: pzxid }),
    );
    if (steps >= least) continue;
    const what = `at least ${least} children came or went up to ${now.who}, but cversion grew by ${steps}`;
    return before === undefined ? violate(what, now) : violate(`${what} since ${before.who}`, before, now);
  }
}

/** Looks by life: the zxid that created the node, and its path. Parts of multis, which show what is between, are left out. */
function livesOf(known: Known, final: FinalState): Map<string, Look[]> {
  const lives = new Map<string, Look[]>();
  const note = (path: string, look: Look): void => {
    // The root, which nobody made, has a first child from the beginning.
    if (look.stat.czxid === 0) return;
    const life = `${look.stat.czxid}${path}`;
    const looks = lives.get(life);
    if (looks === undefined) lives.set(life, [look]);
    else looks.push(look);
  };
  for (const event of known.events) {
    if (event.kind !== 'wire' || event.frame.type !== 'answer' || event.frame.rc !== 0) continue;
    const { op, path, stat, changes } = event.frame;
    const who = `client ${event.client}'s ${op}`;
    if (path !== null && stat !== null && changes.length === 0) note(path, { stat, who, events: [event.index] });
    if (op === 'multi') continue;
    for (const change of changes) {
      if (change.stat !== null) note(change.path, { stat: change.stat, who, events: [event.index] });
    }
  }
  for (const [path, { stat }] of final.nodes) note(path, { stat, who: 'the final state', events: [] });
  return lives;
}
