import type { ConnectRequest } from '../protocol/connect.js';
import type { Zxid } from '../protocol/zxid.js';
import type { Random } from '../runtime/random.js';
import type { Backoff } from './backoff.js';
import type { LostEvent } from './client-events.js';
import type { ClientState } from './session.js';

export interface AutomatonConfig {
  /** What to ask for; ms. */
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly serverCount: number;
  readonly readOnly: boolean;
  readonly backoff: Backoff;
  readonly whenServersBehind: 'wait' | 'forget';
  readonly random: Random;
}

/** What the owner of the automaton has to do, in this order. */
export type Effect =
  /** Connect to the next server; answer with `dialled` or `disconnected`. */
  | { readonly type: 'dial'; readonly timeoutMs: number }
  | { readonly type: 'sendConnect'; readonly request: ConnectRequest }
  | { readonly type: 'sendPing' }
  /** Send a request that the whole ensemble answers. */
  | { readonly type: 'renewLease' }
  /** Send closeSession; answer with `closeAnswered` or `disconnected`. */
  | { readonly type: 'sendClose' }
  /** Drop the connection or the attempt; do not report it back. */
  | { readonly type: 'hangUp'; readonly why: string }
  /** Requests may be sent: credentials first, then watches, then what waited. */
  | { readonly type: 'attached'; readonly sameSession: boolean; readonly readOnly: boolean }
  /** What was sent and not answered will not be. */
  | { readonly type: 'detached' }
  | { readonly type: 'sessionEnded'; readonly id: bigint; readonly reason: LostEvent['reason'] }
  | { readonly type: 'stateChanged'; readonly from: ClientState; readonly to: ClientState }
  | { readonly type: 'serversBehind'; readonly rounds: number; readonly lastZxidSeen: Zxid }
  /** Closed: nothing follows. */
  | { readonly type: 'ended' };
