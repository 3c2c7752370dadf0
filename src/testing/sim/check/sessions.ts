import { ErrorCode } from '../../../protocol/error-codes.js';
import type { SessionEvent, SimEvent, WireEvent } from '../history.js';
import type { Call, Servers } from './calls.js';
import { isOrdered } from './calls.js';

/** What the server that a client is connected to answers by itself. */
const LOCAL: ReadonlySet<string> = new Set([
  'getData',
  'exists',
  'getChildren',
  'getChildren2',
  'getACL',
  'getEphemerals',
  'getAllChildrenNumber',
  'ping',
  'auth',
  'setWatches',
  'setWatches2',
  'addWatch',
  'checkWatches',
  'removeWatches',
  'none',
]);

/** What is known of sessions. */
export class Sessions {
  /**
   * When requests were sent that prove that the session lived then: those that were answered, by one server; of several,
   * those that the leader has heard of.
   */
  private readonly signs = new Map<bigint, number[]>();
  private readonly closings = new Map<bigint, WireEvent>();
  /** Asked to be closed, answered or not. */
  private readonly closed = new Set<bigint>();
  private readonly timeouts = new Map<bigint, number>();

  constructor(events: readonly SimEvent[], calls: readonly Call[], servers: Servers = 'one') {
    const isSign = (op: string): boolean => servers === 'one' || !LOCAL.has(op);
    for (const event of events) {
      if (event.kind === 'session') this.noteState(event);
      if (event.kind !== 'wire') continue;
      const { frame, session } = event;
      if (frame.type === 'unanswered' && frame.op === 'closeSession') this.closed.add(session);
      if (frame.type !== 'answer' || frame.rc === ErrorCode.SESSIONEXPIRED) continue;
      if (frame.op === 'closeSession') {
        this.closed.add(session);
        this.closings.set(session, event);
      } else if (isSign(frame.op)) this.note(session, frame.sentAtMs);
    }
    for (const call of calls) {
      if (call.outcome === 'ok' && (servers === 'one' || isOrdered(call.op))) this.note(call.session, call.invokedMs);
    }
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
