/**
 * One session with the ensemble. Everything that hangs on a session (ephemeral nodes, locks, leadership) ends when its
 * signal aborts. Before the first session the id is 0n and the signal is aborted.
 */
export interface Session {
  readonly id: bigint;
  /**
   * Aborted when the session is known to be over, or is taken as over after 4/3 of its timeout without contact. The
   * reason is a SessionExpiredError, an AuthFailedError or a ClosedError. The server may have ended the session up to a
   * third of the timeout earlier: what must stop in time watches `leaseDeadlineMs`.
   */
  readonly signal: AbortSignal;
}

/**
 * - `connecting`: no session yet;
 * - `connected`: requests are answered;
 * - `suspended`: the connection is gone, the session may live on; calls wait;
 * - `read-only`: attached to a server without a quorum; writes are refused (only with the option `readOnly`);
 * - `lost`: the session is over; a new one is being opened by itself, and calls made from now on wait for it;
 * - `auth-failed`: a credential was refused; every call fails, the client must be closed;
 * - `closed`.
 */
export type ClientState = 'connecting' | 'connected' | 'suspended' | 'read-only' | 'lost' | 'auth-failed' | 'closed';
