import type { SimEvent, SimStat, WireEvent } from '../history.js';
import { parentOf } from '../../../protocol/paths.js';
import type { Call, CallWrite } from './calls.js';
import { mayBeAbout, pathOf, writesOf, zxidOf } from './calls.js';

/** Something that certainly happened to a node. */
export interface Change {
  readonly zxid: number;
  readonly type: 'created' | 'deleted' | 'dataChanged';
  readonly path: string;
  /** The node's afterwards, as far as somebody was told. */
  readonly stat: SimStat | null;
}

/**
 * What is certain of each node's life, in zxid order: from answers of writes (on the wire, so recipes' too), from what
 * reads reveal, and from unanswered multis of which one part was seen: then all parts have happened.
 */
export class Timeline {
  private readonly byPath = new Map<string, Change[]>();
  private readonly byParent = new Map<string, number[]>();
  private readonly children = new Map<string, string[]>();
  private inOrder: Change[] = [];
  private isSorted = true;

  /** What one transaction does to a node in several steps counts as what it leaves. */
  add(change: Change): void {
    const changes = this.byPath.get(change.path) ?? [];
    if (changes.length === 0) this.byPath.set(change.path, changes);
    const at = changes.findIndex(({ zxid }) => zxid === change.zxid);
    const before = changes[at];
    if (before !== undefined) {
      changes[at] = joined(before, change);
      return;
    }
    changes.push(change);
    this.isSorted = false;
  }

  /** A node was seen with this stat. Adds nothing where its transactions are known already. */
  addSeen(path: string, stat: SimStat): void {
    const known = this.byPath.get(path) ?? [];
    const isKnown = (zxid: number): boolean =>
      known.some((change) => change.zxid === zxid && change.type !== 'deleted');
    const { czxid, mzxid } = stat;
    // The root was never created.
    if (czxid === 0) return;
    if (!isKnown(czxid)) this.add({ zxid: czxid, type: 'created', path, stat: mzxid === czxid ? stat : null });
    if (!isKnown(mzxid)) this.add({ zxid: mzxid, type: 'dataChanged', path, stat });
  }

  paths(): Iterable<string> {
    return this.byPath.keys();
  }

  of(path: string): readonly Change[] {
    this.sort();
    return this.byPath.get(path) ?? [];
  }

  /** The newest change of a node up to a transaction. */
  lastUpTo(path: string, zxid: number): Change | null {
    const changes = this.of(path);
    for (let at = changes.length - 1; at >= 0; at--) {
      const change = changes[at];
      if (change !== undefined && change.zxid <= zxid) return change;
    }
    return null;
  }

  /** The first change of a node after one transaction and up to another. */
  firstWithin(path: string, { after, upTo }: { after: number; upTo: number }): Change | null {
    return this.of(path).find(({ zxid }) => zxid > after && zxid <= upTo) ?? null;
  }

  /** The same for its children coming and going: a zxid. */
  firstOfChildrenWithin(path: string, { after, upTo }: { after: number; upTo: number }): number | null {
    this.sort();
    return this.byParent.get(path)?.find((zxid) => zxid > after && zxid <= upTo) ?? null;
  }

  /** All that certainly happened to any node after one transaction and up to another, in order. */
  within({ after, upTo }: { after: number; upTo: number }): readonly Change[] {
    this.sort();
    const first = this.placeBehind(after);
    return this.inOrder.slice(first, this.placeBehind(upTo));
  }

  /** How many children certainly came and went then, at least. */
  changesOfChildrenWithin(path: string, { after, upTo }: { after: number; upTo: number }): number {
    this.sort();
    return (this.byParent.get(path) ?? []).filter((zxid) => zxid > after && zxid <= upTo).length;
  }

  /** The zxid that created the node which a change was made to; null when nobody was told. */
  creationOf(change: Change): number | null {
    if (change.stat !== null) return change.stat.czxid;
    const changes = this.of(change.path);
    for (let at = changes.indexOf(change); at >= 0; at--) {
      const before = changes[at];
      if (before?.type === 'created') return before.zxid;
      if (before?.type === 'deleted') return null;
    }
    return null;
  }

  /** The session that owned the node as of this change; null when nobody was told. It stays the same from create to delete. */
  ownerAt(change: Change): bigint | null {
    if (change.type === 'deleted') return null;
    if (change.stat !== null) return change.stat.ephemeralOwner;
    const changes = this.of(change.path);
    const at = changes.indexOf(change);
    let start = at;
    while (start > 0 && changes[start]?.type !== 'created' && changes[start - 1]?.type !== 'deleted') start--;
    for (let next = start; next < changes.length; next++) {
      const one = changes[next];
      if (one === undefined || one.type === 'deleted' || (one.type === 'created' && next > start)) return null;
      if (one.stat !== null) return one.stat.ephemeralOwner;
    }
    return null;
  }

  /** Every node below it, at one step, that ever was. */
  childrenOf(path: string): readonly string[] {
    this.sort();
    return this.children.get(path) ?? [];
  }

  /** Where the changes begin, in order, that came after this transaction. */
  private placeBehind(zxid: number): number {
    let [low, high] = [0, this.inOrder.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.inOrder[middle]!.zxid <= zxid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private sort(): void {
    if (this.isSorted) return;
    this.isSorted = true;
    this.byParent.clear();
    this.children.clear();
    for (const [path, changes] of this.byPath) {
      changes.sort((a, b) => a.zxid - b.zxid);
      const parent = parentOf(path);
      const children = this.children.get(parent) ?? [];
      children.push(path);
      this.children.set(parent, children);
      const zxids = this.byParent.get(parent) ?? [];
      for (const { type, zxid } of changes) if (type !== 'dataChanged') zxids.push(zxid);
      this.byParent.set(parent, zxids);
    }
    for (const zxids of this.byParent.values()) zxids.sort((a, b) => a - b);
    this.inOrder = [...this.byPath.values()].flat().sort((a, b) => a.zxid - b.zxid);
  }
}

/** A node that is created and then set is new all the same. */
function joined(before: Change, now: Change): Change {
  const isStillNew = before.type === 'created' && now.type === 'dataChanged';
  const type = isStillNew ? 'created' : now.type;
  return { ...now, type, stat: now.stat ?? (type === before.type ? before.stat : null) };
}

export function timelineOf(events: readonly SimEvent[], calls: readonly Call[]): Timeline {
  const timeline = new Timeline();
  const answered = calls.filter(({ outcome }) => outcome === 'ok');
  for (const event of events) if (event.kind === 'wire') addWire(timeline, event);
  for (const call of answered) for (const write of writesOf(call)) addWrite(timeline, write);
  for (const call of answered) {
    const { op, result } = call;
    const isRead = op.type === 'getData' || op.type === 'exists' || op.type === 'getChildren';
    if (isRead && result?.stat) timeline.addSeen(op.path, result.stat);
  }
  for (const call of calls) if (call.outcome === 'unknown') addSeenMulti(timeline, call, answered);
  return timeline;
}

function addWire(timeline: Timeline, { frame }: WireEvent): void {
  if (frame.type !== 'answer' || frame.rc !== 0) return;
  for (const { type, path, stat } of frame.changes) {
    timeline.add({ type, path, stat, zxid: frame.zxid });
    // Its creation may be all that is known of a create that nobody was answered.
    if (type === 'dataChanged' && stat !== null) timeline.addSeen(path, stat);
  }
  if (frame.changes.length === 0 && frame.stat !== null && frame.path !== null) {
    timeline.addSeen(frame.path, frame.stat);
  }
}

function addWrite(timeline: Timeline, write: CallWrite): void {
  const zxid = zxidOf(write) ?? multiZxid(write.call);
  if (zxid === null) return;
  timeline.add({ zxid, type: changeTypes[write.write.type], path: pathOf(write), stat: write.result?.stat ?? null });
}

const changeTypes = { create: 'created', delete: 'deleted', setData: 'dataChanged' } as const;

/** All parts share one zxid; any part with a stat tells it. */
function multiZxid(call: Call): number | null {
  for (const write of writesOf(call)) {
    const zxid = zxidOf(write);
    if (zxid !== null) return zxid;
  }
  return null;
}

/** Values name their writes: whoever read one of an unanswered multi proves that all of it was done. */
function addSeenMulti(timeline: Timeline, call: Call, answered: readonly Call[]): void {
  if (call.op.type !== 'multi') return;
  const writes = writesOf(call);
  const seen = writes.map((write) => seenZxidOf(write, answered)).find((zxid) => zxid !== null);
  if (seen === undefined || seen === null) return;
  for (const { write } of writes) {
    if (write.type === 'create' && write.mode.endsWith('-sequential')) continue;
    timeline.add({ zxid: seen, type: changeTypes[write.type], path: write.path, stat: null });
  }
}

function seenZxidOf(write: CallWrite, answered: readonly Call[]): number | null {
  const { write: op } = write;
  if (op.type === 'delete' || op.data === null) return null;
  const reader = answered.find(
    ({ op: read, result }) =>
      read.type === 'getData' && mayBeAbout(write, read.path) && result?.data === op.data && result.stat !== null,
  );
  return reader?.result?.stat?.mzxid ?? null;
}
