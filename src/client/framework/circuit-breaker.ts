import type { Timer } from '../../runtime/timers.js';
import { ConnectionLossError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import type { ConnectionState, ConnectionStateListener } from './connection-states.js';
import type { RetryPolicy } from './retry-policy.js';

/** While it is open. */
interface Opened {
  readonly sinceMs: number;
  readonly timer: Timer;
  readonly retries: number;
}

/**
 * Keeps a flapping connection from whoever listens behind it: a failure opens it and is passed on; while it is open only
 * LOST gets through, once; it closes when a wait of the policy ends with the connection standing, or with the last wait.
 */
export class CircuitBreaker {
  readonly #client: KeeperClient;
  readonly #policy: RetryPolicy;
  readonly #pass: ConnectionStateListener;
  #opened: Opened | null = null;
  #told: ConnectionState | null = null;
  #last: ConnectionState | null = null;

  constructor(client: KeeperClient, policy: RetryPolicy, pass: ConnectionStateListener) {
    this.#client = client;
    this.#policy = policy;
    this.#pass = pass;
  }

  offer(state: ConnectionState): void {
    this.#last = state;
    if (this.#opened === null) {
      this.#tell(state);
      if (!isGood(state)) this.#wait(this.#client.monotonicMs(), 0);
    } else if (state === 'LOST' && this.#told !== 'LOST') {
      this.#tell(state);
    }
  }

  close(): void {
    this.#opened?.timer.cancel();
    this.#opened = null;
  }

  #wait(sinceMs: number, retries: number): void {
    const { random, timers } = this.#client.runtime;
    const elapsedMs = this.#client.monotonicMs() - sinceMs;
    const delayMs = this.#policy.delayMs({ retryCount: retries, elapsedMs, error: new ConnectionLossError(), random });
    if (delayMs === null) {
      this.#close();
      return;
    }
    const timer = timers.afterUnref(delayMs, () => this.#waited());
    this.#opened = { sinceMs, timer, retries: retries + 1 };
  }

  #waited(): void {
    if (this.#opened === null) return;
    const { sinceMs, retries } = this.#opened;
    if (this.#last !== null && isGood(this.#last)) this.#close();
    else this.#wait(sinceMs, retries);
  }

  #close(): void {
    this.#opened = null;
    if (this.#last !== null && this.#last !== this.#told) this.#tell(this.#last);
  }

  #tell(state: ConnectionState): void {
    this.#told = state;
    this.#pass(state);
  }
}

function isGood(state: ConnectionState): boolean {
  return state !== 'SUSPENDED' && state !== 'LOST';
}
