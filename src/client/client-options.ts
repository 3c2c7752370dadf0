import type { TlsClientOptions } from '../runtime/network.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Logger } from '../runtime/logger.js';

/** Cancels a wait, or bounds it. Both cover the whole call once, not each step of it. */
export interface WaitOptions {
  /** When it aborts, the call rejects with `signal.reason`. A write that was sent by then may have been applied. */
  readonly signal?: AbortSignal | undefined;
  /** Ms until the call rejects with an OperationTimeoutError. Infinity: never, whatever the client's default is. */
  readonly timeoutMs?: number | undefined;
}

/**
 * An identity to show to the server (wire: AuthPacket, client-protocol 9.4). One that is refused ends the client with
 * an AuthFailedError.
 */
export interface Credential {
  /** `digest` for user and password; others as the server is configured. */
  readonly scheme: string;
  /** For `digest`: `user:password`. */
  readonly auth: string | Uint8Array;
}

/** Bounds of one client's queues and frames; its views share them. */
export interface ClientLimits {
  /** Requests sent and not yet answered; more wait their turn. Default 1000, the point where servers stop reading. */
  readonly inFlightMax?: number;
  /** Calls waiting to be sent; one more is refused with a QueueFullError. Default 100000. */
  readonly queuedMax?: number;
  /** Their bytes, likewise. Default 64 MiB. */
  readonly queuedBytesMax?: number;
  /**
   * Longest request, bytes; answers may have 1 KiB more, so that what was written can be read, and as much as a read's
   * `answerBytesMax` says. Default 1048575, `jute.maxbuffer` of servers and of Java clients.
   */
  readonly frameBytesMax?: number;
  /** Events a watch keeps for a slow reader before they collapse into one `resync`. Default 1000. */
  readonly watchEventsMax?: number;
}

/** Options of `Client.connect`. Times are ms; what is left out has the default named here. */
export interface ClientOptions {
  /** Wanted session timeout, ms; the server may raise or lower it. Default 30000. */
  readonly sessionTimeoutMs?: number;
  /**
   * Bound of one attempt at one server (name, connection, TLS, handshake), ms. Default: session timeout / servers, and with
   * fewer than three servers a third of it, but not below 2000.
   */
  readonly connectTimeoutMs?: number;
  /** Default of `timeoutMs` for every operation. Without it an operation waits until its session is lost. */
  readonly operationTimeoutMs?: number;
  /** Default bound of `close()`, ms. Default 2000. */
  readonly closeTimeoutMs?: number;
  /** Accept a server without a quorum (state `read-only`) while looking for a full one. Default false. */
  readonly readOnly?: boolean;
  /** Sent at every (re)connection before anything else, in this order. */
  readonly auth?: readonly Credential[];
  /** Speak TLS to every server: `true` for the system's defaults. */
  readonly tls?: TlsClientOptions | boolean;
  /** Waits between attempts: uniform in 0..min(maxMs, baseMs * 2^rounds). Default 50 and 2000. */
  readonly backoff?: { readonly baseMs?: number; readonly maxMs?: number };
  readonly limits?: ClientLimits;
  /**
   * What to do when every server hangs up on us again and again, as servers do whose data is older than what this client
   * has seen (restored from a backup, wiped). `wait` (default) never reads older data: it announces `serversBehind` and
   * keeps trying. `forget` gives the session up and starts anew with whatever the servers have.
   */
  readonly whenServersBehind?: 'wait' | 'forget';
  /** Where the client tells what it does. A lost connection is `info`, never an error. Silent by default. */
  readonly logger?: Logger;
  /** Clock, timers, randomness and network; for simulation. */
  readonly runtime?: Runtime;
}
