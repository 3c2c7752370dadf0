import type { SimEvent } from '../history.js';
import type { Call, CallWrite, Servers } from './calls.js';
import { callsOf, isOrdered, mayBeAbout, writesOf, zxidOf } from './calls.js';
import { Sessions } from './sessions.js';
import type { Change, Timeline } from './timeline.js';
import { timelineOf } from './timeline.js';

/** When and as of what a node was looked at. */
export interface Look {
  /** Place of the answer in the history, and its time. */
  readonly returnedAt: number;
  readonly returnedMs: number;
  readonly seenZxid: number;
}

/** A history, digested: what is certain, and what cannot be excluded. */
export class Known {
  readonly events: readonly SimEvent[];
  readonly calls: readonly Call[];
  readonly timeline: Timeline;
  readonly sessions: Sessions;
  /** Made, or perhaps made, as containers: the server removes these by itself. */
  private readonly containers = new Map<string, CallWrite[]>();
  private readonly uncertainByPath = new Map<string, CallWrite[]>();
  private readonly uncertainSequential: CallWrite[] = [];

  private readonly servers: Servers;

  constructor(events: readonly SimEvent[], servers: Servers = 'one') {
    this.servers = servers;
    this.events = events;
    this.calls = callsOf(events, servers);
    this.timeline = timelineOf(events, this.calls);
    this.sessions = new Sessions(events, this.calls, servers);
    for (const call of this.calls) {
      if (call.outcome === 'failed') continue;
      this.noteUncertain(call);
      for (const written of writesOf(call)) if (isContainer(written)) this.noteContainer(written);
    }
  }

  /** Writes that may have been done to this node, at a time that nobody knows. */
  uncertainWrites(path: string): readonly CallWrite[] {
    const plain = this.uncertainByPath.get(path) ?? [];
    const sequential = this.uncertainSequential.filter((write) => mayBeAbout(write, path));
    return sequential.length === 0 ? plain : [...plain, ...sequential];
  }

  /** Whether a node that was there as of `change` can be missing at a look: where it cannot, somebody is wrong. */
  mayBeGone(change: Change, look: Look): boolean {
    if (this.mayBeRemoved(change, look)) return true;
    const owner = this.timeline.ownerAt(change);
    return owner === null || (owner !== 0n && this.sessions.mayBeOver(owner, look.returnedMs));
  }

  /** The same, but for the end of a session. */
  mayBeRemoved(change: Change, look: Look): boolean {
    const { path, zxid } = change;
    const deleted = this.timeline.of(path).some((other) => {
      return other.type === 'deleted' && other.zxid > zxid && other.zxid <= look.seenZxid;
    });
    if (deleted || this.mayBeContainer(change)) return true;
    const uncertain = this.uncertainWrites(path);
    return uncertain.some(({ write, call }) => write.type === 'delete' && call.invokedAt < look.returnedAt);
  }

  /** Who made, or may have made, containers of this name. */
  containersAt(path: string): readonly CallWrite[] {
    return this.containers.get(path) ?? [];
  }

  private mayBeContainer(change: Change): boolean {
    const made = this.containers.get(change.path);
    if (made === undefined) return false;
    const czxid = this.timeline.creationOf(change);
    return made.some((written) => {
      const zxid = zxidOf(written);
      return zxid === null ? !this.isMadeByAnother(czxid, written) : zxid === czxid;
    });
  }

  /** The node's creation was acknowledged to somebody, who made it otherwise. */
  private isMadeByAnother(czxid: number | null, { write }: CallWrite): boolean {
    return this.calls.some((call) =>
      writesOf(call).some((other) => {
        return other.write.type === 'create' && other.write.path === write.path && zxidOf(other) === czxid;
      }),
    );
  }

  private noteContainer(written: CallWrite): void {
    const list = this.containers.get(written.write.path) ?? [];
    list.push(written);
    this.containers.set(written.write.path, list);
  }

  /** Whether a node that was missing as of `change` (null: never made) can be there at a look. */
  mayBeBack(path: string, change: Change | null, look: Look): boolean {
    const zxid = change?.zxid ?? 0;
    const made = this.timeline.of(path).some((other) => {
      return other.type === 'created' && other.zxid > zxid && other.zxid <= look.seenZxid;
    });
    if (made) return true;
    return this.uncertainWrites(path).some(
      ({ write, call }) => write.type === 'create' && call.invokedAt < look.returnedAt,
    );
  }

  /** Those of them that were never answered. */
  unansweredWrites(path: string): readonly CallWrite[] {
    return this.uncertainWrites(path).filter(({ call }) => call.outcome === 'unknown');
  }

  /** Place of the last answered call that was made in a session and proves that it lived then. -1: none. */
  lastCallIn(session: bigint): number {
    const isSign = (call: Call): boolean => {
      return call.outcome === 'ok' && call.session === session && (this.servers === 'one' || isOrdered(call.op));
    };
    return this.calls.findLast(isSign)?.invokedAt ?? -1;
  }

  private noteUncertain(call: Call): void {
    for (const written of writesOf(call)) {
      const { write, result } = written;
      // Done for certain, but when is not told: a delete's answer says nothing, and the wire was perhaps not heard.
      const isDated = call.outcome === 'ok' && (write.type !== 'delete' || this.hasDate(written));
      if (isDated) continue;
      if (write.type === 'create' && write.mode.endsWith('-sequential') && result === null) {
        this.uncertainSequential.push(written);
        continue;
      }
      const list = this.uncertainByPath.get(write.path) ?? [];
      list.push(written);
      this.uncertainByPath.set(write.path, list);
    }
  }

  private hasDate({ call, write }: CallWrite): boolean {
    const { floorZxid, seenZxid } = call;
    return this.timeline
      .of(write.path)
      .some(({ type, zxid }) => type === 'deleted' && zxid > floorZxid && zxid <= seenZxid);
  }
}

function isContainer({ write }: CallWrite): boolean {
  return write.type === 'create' && write.mode === 'container';
}
