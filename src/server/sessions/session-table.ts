/** One live session. */
export interface Session<Owner> {
  readonly id: bigint;
  /** ms, as negotiated last. */
  readonly timeoutMs: number;
  /** The connection it is attached to, opaque here; null while there is none. */
  owner: Owner | null;
  /** A closeSession is on its way: no more writes, no re-attach. */
  isClosing: boolean;
  /** Where its deadline lies: a multiple of the tick, monotonic ms. */
  readonly expiresAtMs: number;
}

/** A moment at which sessions expire, for `dump`. */
export interface ExpiryBucket {
  readonly expiresAtMs: number;
  readonly sessionIds: readonly bigint[];
}

/** The sessions of this server and when they expire (client-protocol 10.1). Times are monotonic ms handed in. */
export declare class SessionTable<Owner> {
  constructor(options: { tickMs: number });
  get size(): number;
  find(id: bigint): Session<Owner> | undefined;
  values(): Iterable<Session<Owner>>;
  /** Adds a session, or gives one that is there another timeout; its time starts now. */
  add(id: bigint, timeoutMs: number, nowMs: number): Session<Owner>;
  /** Hears from a session: cheap enough for every request. */
  touch(session: Session<Owner>, nowMs: number): void;
  remove(id: bigint): boolean;
  /** Sessions whose time is up and that are not closing yet, earliest first; each is marked closing and told once. */
  expire(nowMs: number): Session<Owner>[];
  buckets(): ExpiryBucket[];
}
