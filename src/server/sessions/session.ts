/** Who knows of a session. */
export const SessionScope = {
  /** Every server of the ensemble. */
  global: 0,
  /** This server alone (client-protocol 10.6). */
  local: 1,
  /** This server alone, but its createSession is on its way. */
  upgrading: 2,
} as const;
export type SessionScope = (typeof SessionScope)[keyof typeof SessionScope];

/** One live session. Only SessionTable changes its deadline. */
export class Session<Owner> {
  readonly id: bigint;
  /** ms, as negotiated last. */
  timeoutMs: number;
  scope: SessionScope = SessionScope.global;
  /** The connection it is attached to, opaque here; null while there is none, or none of this server. */
  owner: Owner | null = null;
  /** The member of the ensemble that it is attached to, as far as the leader knows: nobody else may write for it. */
  serverId: number | null = null;
  /** A closeSession is on its way: no more writes, no re-attach. */
  isClosing = false;
  /** Its client was heard of since the leader was told last. */
  isTouched = false;
  /** When its client will have been silent for the whole timeout, monotonic ms. */
  deadlineMs = 0;
  /** When it expires: the next multiple of the tick. */
  expiresAtMs = 0;

  constructor(id: bigint, timeoutMs: number) {
    this.id = id;
    this.timeoutMs = timeoutMs;
  }
}
