import { ExpiryBuckets } from './expiry-buckets.js';
import { Session } from './session.js';

/** A moment at which sessions expire, for `dump`. */
export interface ExpiryBucket {
  /** Monotonic ms. */
  readonly expiresAtMs: number;
  readonly sessionIds: readonly bigint[];
}

/**
 * The sessions and when they expire (client-protocol 10.1). Times are monotonic ms handed in. Who calls `expire` must
 * first have read what clients sent while the process was held up, or it expires the living.
 */
export class SessionTable<Owner> {
  private readonly sessions = new Map<bigint, Session<Owner>>();
  private readonly deadlines: ExpiryBuckets<Session<Owner>>;

  constructor(options: { tickMs: number }) {
    this.deadlines = new ExpiryBuckets(options.tickMs);
  }

  get size(): number {
    return this.sessions.size;
  }

  find(id: bigint): Session<Owner> | undefined {
    return this.sessions.get(id);
  }

  values(): IterableIterator<Session<Owner>> {
    return this.sessions.values();
  }

  /** Adds a session; to one that is there it gives the timeout. Its time starts now. */
  add(id: bigint, timeoutMs: number, nowMs: number): Session<Owner> {
    let session = this.sessions.get(id);
    if (session === undefined) {
      session = new Session(id, timeoutMs);
      this.adopt(session, nowMs);
    } else if (!session.isClosing) {
      session.timeoutMs = timeoutMs;
      // A shorter timeout counts, too.
      this.deadlines.remove(session);
      this.begin(session, nowMs);
    }
    return session;
  }

  /** Adds a session that was in no table, or in another. Its time starts now. */
  adopt(session: Session<Owner>, nowMs: number): void {
    this.sessions.set(session.id, session);
    this.begin(session, nowMs);
  }

  /** Lets a session go that lives on in another table. */
  release(session: Session<Owner>): void {
    this.deadlines.remove(session);
    this.sessions.delete(session.id);
  }

  /** The server has another part to play: whatever was on its way is not, nobody is attached, and all have their full time. */
  restart(nowMs: number): void {
    for (const session of this.sessions.values()) {
      session.owner = null;
      session.serverId = null;
      session.isClosing = false;
      session.isTouched = false;
      this.deadlines.remove(session);
      this.begin(session, nowMs);
    }
  }

  /** Hears from a session: cheap enough for every request. */
  touch(session: Session<Owner>, nowMs: number): void {
    if (session.isClosing) return;
    session.deadlineMs = nowMs + session.timeoutMs;
    this.deadlines.postpone(session, session.deadlineMs);
  }

  /** A closeSession was prepared: nothing is accepted from the session and it does not expire again. */
  setClosing(id: bigint): void {
    const session = this.sessions.get(id);
    if (session === undefined || session.isClosing) return;
    session.isClosing = true;
    this.deadlines.remove(session);
  }

  remove(id: bigint): boolean {
    const session = this.sessions.get(id);
    if (session === undefined) return false;
    session.isClosing = true;
    this.deadlines.remove(session);
    return this.sessions.delete(id);
  }

  /**
   * Sessions whose time is up, earliest first: each is closing from here on and is told once. Those that `isSilent` does not
   * vouch for are due again a tick later.
   */
  expire(nowMs: number, isSilent: (session: Session<Owner>) => boolean = always): Session<Owner>[] {
    const due = this.deadlines.takeDue(nowMs);
    const silent = due.filter((session) => isSilent(session));
    for (const session of silent) session.isClosing = true;
    if (silent.length < due.length) {
      for (const session of due) if (!session.isClosing) this.deadlines.add(session, nowMs + 1);
    }
    return silent;
  }

  /** Sessions that are not closing, by the moment they expire. */
  buckets(): ExpiryBucket[] {
    return this.deadlines
      .sorted()
      .map(([expiresAtMs, sessions]) => ({ expiresAtMs, sessionIds: [...sessions].map(({ id }) => id) }));
  }

  private begin(session: Session<Owner>, nowMs: number): void {
    session.deadlineMs = nowMs + session.timeoutMs;
    this.deadlines.add(session, session.deadlineMs);
  }
}

function always(): boolean {
  return true;
}
