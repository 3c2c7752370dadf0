import { ErrorCode } from '../../../protocol/error-codes.js';
import type { SessionEvent, SimEvent, WireEvent } from '../history.js';
import type { Call, CallWrite } from './calls.js';
import { callsOf, mayBeAbout, writesOf } from './calls.js';
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
  private readonly uncertainByPath = new Map<string, CallWrite[]>();
  private readonly uncertainSequential: CallWrite[] = [];

  constructor(events: readonly SimEvent[]) {
    this.events = events;
    this.calls = callsOf(events);
    this.timeline = timelineOf(events, this.calls);
    this.sessions = new Sessions(events, this.calls);
    for (const call of this.calls) if (call.outcome !== 'failed') this.noteUncertain(call);
  }

  /** Writes that may have been done to this node, at a time that nobody knows. */
  uncertainWrites(path: string): readonly CallWrite[] {
    const plain = this.uncertainByPath.get(path) ?? [];
    const sequential = this.uncertainSequential.filter((write) => mayBeAbout(write, path));
    return sequential.length === 0 ? plain : [...plain, ...sequential];
  }

  /** Whether a node that was there as of `change` can be missing at a look: why not is a violation. */
  mayBeGone(change: Change, look: Look): boolean {
    const { path, zxid } = change;
    const deleted = this.timeline.of(path).some((other) => {
      return other.type === 'deleted' && other.zxid > zxid && other.zxid <= look.seenZxid;
    });
    if (deleted) return true;
    const uncertain = this.uncertainWrites(path);
    if (uncertain.some(({ write, call }) => write.type === 'delete' && call.invokedAt < look.returnedAt)) return true;
    const isContainer = this.calls.some(
      ({ op }) => op.type === 'create' && op.mode === 'container' && op.path === path,
    );
    if (isContainer) return true;
    const owner = this.timeline.ownerAt(change);
    return owner === null || (owner !== 0n && this.sessions.mayBeOver(owner, look.returnedMs));
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

  /** Place of the last answered call that was made in a session: it lived then. -1: never. */
  lastCallIn(session: bigint): number {
    return this.calls.findLast((call) => call.outcome === 'ok' && call.session === session)?.invokedAt ?? -1;
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

/** What is known of sessions. */
export class Sessions {
  /** When a request was sent last that the server answered in this session: it lived then. */
  private readonly signs = new Map<bigint, number[]>();
  private readonly closings = new Map<bigint, WireEvent>();
  /** Asked to be closed, answered or not. */
  private readonly closed = new Set<bigint>();
  private readonly timeouts = new Map<bigint, number>();

  constructor(events: readonly SimEvent[], calls: readonly Call[]) {
    for (const event of events) {
      if (event.kind === 'session') this.noteState(event);
      if (event.kind !== 'wire') continue;
      const { frame, session } = event;
      if (frame.type === 'unanswered' && frame.op === 'closeSession') this.closed.add(session);
      if (frame.type !== 'answer' || frame.rc === ErrorCode.SESSIONEXPIRED) continue;
      if (frame.op === 'closeSession') {
        this.closed.add(session);
        this.closings.set(session, event);
      } else this.note(session, frame.sentAtMs);
    }
    for (const call of calls) if (call.outcome === 'ok') this.note(call.session, call.invokedMs);
    for (const signs of this.signs.values()) signs.sort((a, b) => a - b);
  }

  /** The server's answer to its closing, if it was heard. */
  closingOf(session: bigint): WireEvent | null {
    return this.closings.get(session) ?? null;
  }

  /** Whether the server may have ended the session by then. Not while it was heard of later, or too little before. */
  mayBeOver(session: bigint, atMs: number): boolean {
    if ((this.signs.get(session)?.at(-1) ?? -Infinity) >= atMs) return false;
    if (this.closed.has(session)) return true;
    const timeoutMs = this.timeouts.get(session);
    const heardMs = this.lastSignUpTo(session, atMs);
    return timeoutMs === undefined || heardMs === null || atMs - heardMs >= timeoutMs;
  }

  /** The last time up to `atMs` at which the server, as far as can be known, heard from the session; null: never. */
  lastSignUpTo(session: bigint, atMs: number): number | null {
    return this.signs.get(session)?.findLast((signMs) => signMs <= atMs) ?? null;
  }

  private noteState({ session, state, timeoutMs }: SessionEvent): void {
    if (timeoutMs !== null) this.timeouts.set(session, timeoutMs);
    if (state === 'closed') this.closed.add(session);
  }

  private note(session: bigint, atMs: number): void {
    const signs = this.signs.get(session);
    if (signs === undefined) this.signs.set(session, [atMs]);
    else signs.push(atMs);
  }
}
