import type { Violation, WireEvent, WireFrame } from '../history.js';
import { AddWatchMode, EventType, WatcherType } from '../../../protocol/event.js';
import { ErrorCode } from '../../../protocol/error-codes.js';
import type { Known } from './known.js';
import type { Armed } from './standing-watches.js';
import { StandingWatches } from './standing-watches.js';

type Answer = Extract<WireFrame, { type: 'answer' }>;
type Table = 'data' | 'children';

/**
 * What the server owes to each connection that left watches: no answer that knows of a change (by its zxid) may arrive
 * before the event about it, however the change came about; each one-shot watch fires once, standing ones for every
 * change; and nothing fires unasked.
 * This is "watch before data" and "no watch is lost" in one: an event that never comes is one that comes too late.
 */
export function wireWatches(known: Known): Violation[] {
  const violations: Violation[] = [];
  const connections = new Map<number, WatchedConnection>();
  for (const event of known.events) {
    if (event.kind !== 'wire') continue;
    let connection = connections.get(event.connection);
    if (connection === undefined) {
      connection = new WatchedConnection(known, (violation) => violations.push(violation));
      connections.set(event.connection, connection);
    }
    connection.see(event);
  }
  return violations;
}

class WatchedConnection {
  private readonly known: Known;
  private readonly violate: (violation: Violation) => void;
  private readonly armed: Record<Table, Map<string, Armed>> = { data: new Map(), children: new Map() };
  private readonly standing: StandingWatches;
  /** Events of a setWatches whose answer is still to come; others that matched no watch are none. */
  private early: WireEvent[] = [];

  constructor(known: Known, violate: (violation: Violation) => void) {
    this.known = known;
    this.violate = violate;
    this.standing = new StandingWatches(known.timeline);
  }

  see(event: WireEvent): void {
    const { frame } = event;
    if (frame.type === 'event') this.fire(event, frame);
    if (frame.type !== 'answer') return;
    if (frame.rewatched !== null && frame.rc === 0) this.rearm(event, frame);
    this.demand(event, frame);
    if (frame.rewatched === null) this.rejectEarly();
    this.arm(event, frame);
  }

  /** Everything up to the answer's zxid must have been reported. */
  private demand(event: WireEvent, { zxid, op, path }: Answer): void {
    const title = `${op} ${path ?? ''} told client ${event.client} of zxid ${zxid}`;
    const late = (table: Table, watched: string, since: Armed, changeZxid: number): void => {
      this.violate({
        rule: 'watch-before-data',
        message: `${title}, but the ${table} watch on ${watched} has not reported zxid ${changeZxid}`,
        events: [since.event.index, event.index],
      });
      this.armed[table].delete(watched);
    };
    for (const [watched, since] of this.armed.data) {
      const change = this.known.timeline.firstWithin(watched, { after: since.sinceZxid, upTo: zxid });
      if (change !== null) late('data', watched, since, change.zxid);
    }
    for (const [watched, since] of this.armed.children) {
      const within = { after: since.sinceZxid, upTo: zxid };
      const change = this.known.timeline.firstOfChildrenWithin(watched, within);
      if (change !== null) late('children', watched, since, change);
    }
    for (const { what, since } of this.standing.missed(zxid)) {
      const message = `${title}, but a standing watch has not reported ${what}`;
      this.violate({ rule: 'watch-before-data', message, events: [since.index, event.index] });
    }
  }

  private arm(event: WireEvent, frame: Answer): void {
    const { op, path, rc, zxid } = frame;
    if (path === null) return;
    if (op === 'addWatch' && rc === 0) {
      this.standing.add(path, frame.watchMode, { sinceZxid: zxid, event });
    }
    if (op === 'removeWatches' && rc === 0) this.disarm(path, frame.watchMode);
    if (!frame.watch) return;
    const found = rc === 0;
    if (op === 'exists' && (found || rc === ErrorCode.NONODE)) this.armed.data.set(path, { sinceZxid: zxid, event });
    if (op === 'getData' && found) this.armed.data.set(path, { sinceZxid: zxid, event });
    if ((op === 'getChildren' || op === 'getChildren2') && found) {
      this.armed.children.set(path, { sinceZxid: zxid, event });
    }
  }

  private disarm(path: string, type: number | null): void {
    if (type === WatcherType.data || type === WatcherType.any) this.armed.data.delete(path);
    if (type === WatcherType.children || type === WatcherType.any) this.armed.children.delete(path);
    this.standing.remove(path, type);
  }

  private fire(event: WireEvent, { event: type, path, zxid }: Extract<WireFrame, { type: 'event' }>): void {
    // Of a catch-up: its watches are armed, or not, with the answer.
    if (zxid < 0) return void this.early.push(event);
    const isData = type !== EventType.nodeChildrenChanged;
    const isChildren = type === EventType.nodeChildrenChanged || type === EventType.nodeDeleted;
    const hadData = isData && this.armed.data.delete(path);
    const hadChildren = isChildren && this.armed.children.delete(path);
    const isStanding = this.standing.told({ type, path, zxid });
    if (!hadData && !hadChildren && !isStanding) this.early.push(event);
  }

  /** The answer of a setWatches: what has not been reported meanwhile is armed, from where the client had got to. */
  private rearm(event: WireEvent, { rewatched, zxid }: Answer): void {
    if (rewatched === null) return;
    const { sinceZxid, data, exists, children } = rewatched;
    const reported = this.early.filter((early) => {
      const { frame } = early;
      if (frame.type !== 'event') return false;
      const lists = frame.event === EventType.nodeChildrenChanged ? children : [...data, ...exists, ...children];
      return lists.includes(frame.path);
    });
    this.early = this.early.filter((early) => !reported.includes(early));
    const hasReported = (path: string, isChildren: boolean): boolean =>
      reported.some(({ frame }) => {
        if (frame.type !== 'event' || frame.path !== path) return false;
        if (frame.event === EventType.nodeDeleted) return true;
        return (frame.event === EventType.nodeChildrenChanged) === isChildren;
      });
    for (const path of data) if (!hasReported(path, false)) this.armed.data.set(path, { sinceZxid, event });
    for (const path of children) if (!hasReported(path, true)) this.armed.children.set(path, { sinceZxid, event });
    for (const path of exists) {
      if (hasReported(path, false)) continue;
      this.armed.data.set(path, { sinceZxid: this.mayBeMissing(path, event, zxid) ? zxid : sinceZxid, event });
    }
    // What happened meanwhile these do not report: their users are told to look anew.
    const since = { sinceZxid: zxid, event };
    for (const path of rewatched.persistent) this.standing.add(path, AddWatchMode.persistent, since);
    for (const path of rewatched.recursive) this.standing.add(path, AddWatchMode.persistentRecursive, since);
  }

  /** A node that came and went while nobody listened was never seen, and is watched as before. */
  private mayBeMissing(path: string, { index, atMs }: WireEvent, zxid: number): boolean {
    const last = this.known.timeline.lastUpTo(path, zxid);
    if (last === null || last.type === 'deleted') return true;
    return this.known.mayBeGone(last, { returnedAt: index, returnedMs: atMs, seenZxid: zxid });
  }

  private rejectEarly(): void {
    // What a setWatches reports comes before its answer, and on a fresh connection before any other.
    for (const { frame, index, client } of this.early.splice(0)) {
      if (frame.type !== 'event') continue;
      const message = `client ${client} was told of event ${frame.event} at ${frame.path}, which it does not watch`;
      this.violate({ rule: 'watch-once', message, events: [index] });
    }
  }
}
