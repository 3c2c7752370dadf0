import type { Zxid } from '../protocol/zxid.js';
import type { ClientState } from './session.js';
import type { AuthFailedError, KeeperError } from './errors.js';

/** What is known when a connection to the ensemble stands. */
export interface ConnectedEvent {
  readonly sessionId: bigint;
  /** Negotiated session timeout, ms. */
  readonly timeoutMs: number;
  /** `host:port` of the server. */
  readonly server: string;
  /** False when this is another session than the one before: ephemeral nodes of that one are gone, or will be. */
  readonly sameSession: boolean;
}

/**
 * What ended a session. Its ephemeral nodes are gone or will be; its watches end with `sessionLost` or report `resync`.
 */
export interface LostEvent {
  readonly sessionId: bigint;
  /**
   * `expired`: a server said so. `silence`: no contact for 4/3 of the timeout. `replaced`: a read-only session gave way to
   * a full one. `refused`: given up because every server is behind (option `whenServersBehind: 'forget'`).
   */
  readonly reason: 'expired' | 'silence' | 'replaced' | 'refused';
}

/** A guaranteed delete that ended without the node being known to be gone. */
export interface CleanupFailedEvent {
  readonly path: string;
  readonly error: KeeperError;
}

/** Every server hangs up on the handshake, as servers do whose data is older than what this client has seen. */
export interface ServersBehindEvent {
  readonly lastZxidSeen: Zxid;
  readonly rounds: number;
}

/** Lifecycle events. None of them is ever thrown; a listener that throws is logged and disturbs nobody. */
export interface ClientEvents {
  /** The first connection stands. */
  connected: [ConnectedEvent];
  /** A later connection stands, with the same session or a new one. */
  reconnected: [ConnectedEvent];
  /** Attached to a read-only server, in place of `connected` or `reconnected`. */
  readOnly: [ConnectedEvent];
  /** The connection is gone; the session may live on. */
  suspended: [];
  /** The session is over; a new one is being opened. */
  lost: [LostEvent];
  authFailed: [AuthFailedError];
  closed: [];
  /** After every change of `state`, before the event that names it. */
  stateChanged: [{ readonly from: ClientState; readonly to: ClientState }];
  cleanupFailed: [CleanupFailedEvent];
  serversBehind: [ServersBehindEvent];
}

/** Key of {@link ClientEvents}. */
export type ClientEventName = keyof ClientEvents;
/**
 * Called with the event's values, in the order the listeners were added. What it throws is logged; what it returns is
 * not awaited.
 */
export type ClientListener<Name extends ClientEventName> = (...args: ClientEvents[Name]) => void;
