/** One live session. Only SessionTable changes its deadline. */
export class Session<Owner> {
  readonly id: bigint;
  /** ms, as negotiated last. */
  timeoutMs: number;
  /** The connection it is attached to, opaque here; null while there is none. */
  owner: Owner | null = null;
  /** A closeSession is on its way: no more writes, no re-attach. */
  isClosing = false;
  /** When it expires: a multiple of the tick, monotonic ms. */
  expiresAtMs = 0;

  constructor(id: bigint, timeoutMs: number) {
    this.id = id;
    this.timeoutMs = timeoutMs;
  }
}
