import { AddWatchMode, EventType, WatcherType } from '../../../protocol/event.js';
import { parentOf } from '../../../protocol/paths.js';
import type { SimEvent } from '../history.js';
import type { Change, Timeline } from './timeline.js';

/** A watch that the server has on this connection. */
export interface Armed {
  /** The newest transaction that is known to be older than the watch, or reported. */
  readonly sinceZxid: number;
  readonly event: SimEvent;
}

interface Told {
  readonly type: number;
  readonly path: string;
  readonly zxid: number;
}

const EVENTS: Record<Change['type'], EventType> = {
  created: EventType.nodeCreated,
  deleted: EventType.nodeDeleted,
  dataChanged: EventType.nodeDataChanged,
};

/** The persistent and recursive watches of one connection, and what they owe: an event for every change. */
export class StandingWatches {
  private readonly timeline: Timeline;
  private readonly persistent = new Map<string, Armed>();
  private readonly recursive = new Map<string, Armed>();
  private readonly reported = new Set<string>();
  private checkedUpTo = 0;

  constructor(timeline: Timeline) {
    this.timeline = timeline;
  }

  /** One that is there already stays what it is. */
  add(path: string, mode: number | null, armed: Armed): void {
    const watches = mode === AddWatchMode.persistentRecursive ? this.recursive : this.persistent;
    if (!watches.has(path)) watches.set(path, armed);
  }

  remove(path: string, type: number | null): void {
    if (type === WatcherType.any || type === WatcherType.persistent) this.persistent.delete(path);
    if (type === WatcherType.any || type === WatcherType.persistentRecursive) this.recursive.delete(path);
  }

  /** Whether one of them may have reported that. */
  told(event: Told): boolean {
    if (this.watcherOf(event) === null) return false;
    this.reported.add(keyOf(event));
    return true;
  }

  /** What they have not reported of all that happened up to here, each once. */
  missed(upTo: number): { what: string; since: SimEvent }[] {
    const after = this.checkedUpTo;
    if (upTo <= after) return [];
    this.checkedUpTo = upTo;
    if (this.persistent.size === 0 && this.recursive.size === 0) return [];
    return this.timeline.within({ after, upTo }).flatMap((change) =>
      eventsOf(change).flatMap((event) => {
        const watcher = this.watcherOf(event);
        if (watcher === null || watcher.sinceZxid >= event.zxid || this.reported.has(keyOf(event))) return [];
        return [{ what: `event ${event.type} at ${event.path} of zxid ${event.zxid}`, since: watcher.event }];
      }),
    );
  }

  /** The oldest watch that hears of it. */
  private watcherOf({ type, path }: Told): Armed | null {
    let oldest = this.persistent.get(path) ?? null;
    if (type === EventType.nodeChildrenChanged) return oldest;
    for (let at = path; ; at = parentOf(at)) {
      const armed = this.recursive.get(at);
      if (armed !== undefined && (oldest === null || armed.sinceZxid < oldest.sinceZxid)) oldest = armed;
      if (at === '/') return oldest;
    }
  }
}

/** A node that comes or goes is news of its parent, too. */
function eventsOf({ type, path, zxid }: Change): Told[] {
  const own = { type: EVENTS[type], path, zxid };
  if (type === 'dataChanged') return [own];
  return [own, { type: EventType.nodeChildrenChanged, path: parentOf(path), zxid }];
}

function keyOf({ type, path, zxid }: Told): string {
  return `${zxid} ${type} ${path}`;
}
