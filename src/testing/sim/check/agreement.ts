import type { FinalState, SimStat, Violation } from '../history.js';
import { DATA_ROOT } from '../history.js';
import { describe, mayBeAbout, pathOf, writesOf } from './calls.js';
import type { Call, CallWrite } from './calls.js';
import type { Known } from './known.js';

/** What somebody was told of one node; data undefined where it was not told. */
interface Observation {
  readonly path: string;
  readonly stat: SimStat;
  readonly data: string | null | undefined;
  readonly who: string;
  readonly events: readonly number[];
}

/**
 * All that was ever told of a node fits one life: the same transaction shows everybody the same, versions count the
 * writes since the node was created, and no more versions were made than there were writes to make them.
 */
export function agreement(known: Known, final: FinalState): Violation[] {
  const violations: Violation[] = [];
  const byPath = observationsOf(known, final);
  violations.push(...doneTwice([...byPath.values()].flat()));
  for (const [path, observations] of byPath) {
    const life = [...observations].sort((a, b) => a.stat.mzxid - b.stat.mzxid || a.stat.version - b.stat.version);
    life.forEach((now, at) => {
      const before = life[at - 1];
      const why = before === undefined ? faultOf(now) : faultBetween(known, before, now);
      if (why === null) return;
      const others = before === undefined ? [] : before.events;
      violations.push({ rule: 'agreement', message: `${path}: ${why}`, events: [...others, ...now.events] });
    });
  }
  return violations;
}

/** Values are unique: the same one by two transactions is one write that was done twice. */
function doneTwice(observations: readonly Observation[]): Violation[] {
  const violations: Violation[] = [];
  const first = new Map<string, Observation>();
  for (const now of observations) {
    if (now.data === undefined || now.data === null || now.data === '') continue;
    const before = first.get(now.data);
    if (before === undefined) first.set(now.data, now);
    if (before === undefined || (before.path === now.path && before.stat.mzxid === now.stat.mzxid)) continue;
    const places = [before, now].map(({ who, path, stat }) => `${who} at ${path} by zxid ${stat.mzxid}`);
    const message = `${now.data} was written twice, as seen by ${places.join(' and ')}`;
    violations.push({ rule: 'agreement', message, events: [...before.events, ...now.events] });
  }
  return violations;
}

function observationsOf(known: Known, final: FinalState): Map<string, Observation[]> {
  const byPath = new Map<string, Observation[]>();
  const note = (observation: Observation): void => {
    if (!observation.path.startsWith(DATA_ROOT)) return;
    const list = byPath.get(observation.path) ?? [];
    list.push(observation);
    byPath.set(observation.path, list);
  };
  for (const call of known.calls) {
    if (call.outcome !== 'ok') continue;
    for (const observation of observed(call)) note(observation);
  }
  for (const [path, { stat, data }] of final.nodes) note({ path, stat, data, who: 'the final state', events: [] });
  return byPath;
}

function observed(call: Call): Observation[] {
  const { op, result } = call;
  const told = { who: describe(call), events: [call.returnedAt] };
  const writes = writesOf(call);
  // A node that a multi touches twice is told as of each part, though nobody else ever sees it like that.
  const isLast = (write: CallWrite): boolean => writes.findLast((other) => pathOf(other) === pathOf(write)) === write;
  const stats = writes.flatMap((write): Observation[] => {
    const stat = write.result?.stat ?? null;
    if (stat === null || write.write.type === 'delete' || !isLast(write)) return [];
    return [{ path: pathOf(write), stat, data: write.write.data, ...told }];
  });
  if (op.type !== 'getData' && op.type !== 'exists' && op.type !== 'getChildren') return stats;
  if (!result?.stat) return stats;
  return [{ path: op.path, stat: result.stat, data: op.type === 'getData' ? result.data : undefined, ...told }];
}

function faultOf({ stat, who }: Observation): string | null {
  const { czxid, mzxid, version } = stat;
  if (mzxid < czxid) return `${who} saw it changed by zxid ${mzxid}, before zxid ${czxid} created it`;
  if (mzxid > czxid && version === 0)
    return `${who} saw version 0, but it was changed by zxid ${mzxid} after its creation`;
  return null;
}

function faultBetween(known: Known, before: Observation, now: Observation): string | null {
  const own = faultOf(now);
  if (own !== null) return own;
  const [a, b] = [before.stat, now.stat];
  const both = `${before.who} and ${now.who}`;
  if (a.mzxid === b.mzxid) {
    if (a.czxid !== b.czxid || a.version !== b.version || a.ephemeralOwner !== b.ephemeralOwner) {
      return `${both} disagree on what zxid ${a.mzxid} left: version ${a.version} or ${b.version}`;
    }
    if (before.data !== undefined && now.data !== undefined && before.data !== now.data) {
      return `${both} disagree on what zxid ${a.mzxid} left: ${before.data} or ${now.data}`;
    }
    return null;
  }
  if (a.czxid !== b.czxid) {
    if (a.czxid < b.czxid && b.czxid > a.mzxid) return null;
    return `${both} saw lives that overlap: created by ${a.czxid} and ${b.czxid}, changed by ${a.mzxid} and ${b.mzxid}`;
  }
  return faultOfVersions(known, before, now);
}

/** Between two looks at one life of the node: as many versions as writes. */
function faultOfVersions(known: Known, before: Observation, now: Observation): string | null {
  const made = now.stat.version - before.stat.version;
  const both = `between ${before.who} and ${now.who}`;
  if (made <= 0) return `${both} the version went from ${before.stat.version} to ${now.stat.version}`;
  const { path } = now;
  const changes = known.timeline.of(path).filter(({ type, zxid }) => {
    return type === 'dataChanged' && zxid > before.stat.mzxid && zxid <= now.stat.mzxid;
  });
  if (changes.length > made) return `${both} there were ${changes.length} writes, but only ${made} versions`;
  const spare = made - changes.length;
  const more = known.calls.reduce((sum, call) => sum + uncountedSets(call, path), 0);
  if (spare > more)
    return `${both} ${made} versions were made, by ${changes.length} known writes and at most ${more} others`;
  return null;
}

/** Of unanswered writes all, and of multis, which can make several versions of a node at once. */
function uncountedSets(call: Call, path: string): number {
  if (call.outcome === 'failed' || (call.outcome === 'ok' && call.op.type !== 'multi')) return 0;
  return writesOf(call).filter((write) => write.write.type === 'setData' && mayBeAbout(write, path)).length;
}
