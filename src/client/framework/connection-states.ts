import type { ClientEvents } from '../client-events.js';
import type { KeeperClient } from '../keeper-client.js';
import { onAbort } from '../on-abort.js';
import { CircuitBreaker } from './circuit-breaker.js';
import type { RetryPolicy } from './retry-policy.js';
import { StateStream } from './state-stream.js';

/**
 * Curator's states of a connection: the first one stands; the transport is gone, the session may live on; it is back, with
 * the same session or a new one; the session is over; a server without a quorum is all there is.
 */
export type ConnectionState = 'CONNECTED' | 'SUSPENDED' | 'RECONNECTED' | 'LOST' | 'READ_ONLY';

/** Called at once with each change, in order. What it throws goes to the framework's `onError`. */
export type ConnectionStateListener = (state: ConnectionState) => void;

/** How calmly states are told. */
export interface ConnectionStateOptions {
  /**
   * Tell a failure at once, and then nothing but LOST until it is over or this policy's waits are used up: a connection that
   * flaps does not have leaders resign and stand again each time. The price: RECONNECTED comes late.
   */
  readonly circuitBreaker?: RetryPolicy | undefined;
}

/** The client's life in Curator's words, each change once and in order. */
export class ConnectionStates {
  readonly #client: KeeperClient;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<ConnectionStateListener>();
  readonly #streams = new Set<() => void>();
  readonly #leave: (() => void)[] = [];
  #current: ConnectionState | null;
  #wasConnected: boolean;

  constructor(client: KeeperClient, onError: (error: unknown) => void) {
    this.#client = client;
    this.#onError = onError;
    this.#current = stateNow(client);
    this.#wasConnected = this.#current === 'CONNECTED';
    const connected = (): void => this.#change(this.#wasConnected ? 'RECONNECTED' : 'CONNECTED');
    this.#on('connected', connected);
    this.#on('reconnected', connected);
    this.#on('readOnly', () => this.#change('READ_ONLY'));
    this.#on('suspended', () => this.#change('SUSPENDED'));
    this.#on('lost', () => this.#change('LOST'));
    this.#on('closed', () => this.close());
  }

  /** Null before the first connection. */
  get current(): ConnectionState | null {
    return this.#current;
  }

  /** Calls back with every change from now on, until the returned function is called. */
  listen(listener: ConnectionStateListener, { circuitBreaker }: ConnectionStateOptions = {}): () => void {
    const told: ConnectionStateListener = (state) => {
      try {
        listener(state);
      } catch (error) {
        this.#onError(error);
      }
    };
    if (circuitBreaker === undefined) {
      this.#listeners.add(told);
      return () => void this.#listeners.delete(told);
    }
    const breaker = new CircuitBreaker(this.#client, circuitBreaker, told);
    const offer = (state: ConnectionState): void => breaker.offer(state);
    this.#listeners.add(offer);
    this.#streams.add(() => breaker.close());
    return () => {
      this.#listeners.delete(offer);
      breaker.close();
    };
  }

  /** The present state, if there is one, and then each change; ends with the signal or the client. */
  stream(signal: AbortSignal | undefined, options: ConnectionStateOptions): AsyncIterable<ConnectionState, undefined> {
    return {
      [Symbol.asyncIterator]: () => {
        const stream = new StateStream();
        if (this.#current !== null) stream.push(this.#current);
        const stop = this.listen((state) => stream.push(state), options);
        let leave = (): void => undefined;
        const end = (): void => {
          stop();
          leave();
          this.#streams.delete(end);
          stream.end();
        };
        this.#streams.add(end);
        if (this.#client.state === 'closed') end();
        else if (signal !== undefined) leave = onAbort(signal, end);
        return {
          next: () => stream.next(),
          return: async () => {
            end();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  /** Nothing is told any more. */
  close(): void {
    for (const leave of this.#leave.splice(0)) leave();
    for (const end of [...this.#streams]) end();
    this.#streams.clear();
    this.#listeners.clear();
  }

  #on(event: 'connected' | 'reconnected' | 'readOnly' | 'suspended' | 'lost' | 'closed', heard: () => void): void {
    const listener = (..._: ClientEvents[typeof event]): void => heard();
    this.#client.on(event, listener);
    this.#leave.push(() => this.#client.off(event, listener));
  }

  #change(state: ConnectionState): void {
    if (state === this.#current || (state === 'SUSPENDED' && this.#current === 'LOST')) return;
    this.#current = state;
    if (state === 'CONNECTED') this.#wasConnected = true;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

function stateNow({ state }: KeeperClient): ConnectionState | null {
  if (state === 'connected') return 'CONNECTED';
  if (state === 'read-only') return 'READ_ONLY';
  if (state === 'suspended') return 'SUSPENDED';
  return state === 'lost' ? 'LOST' : null;
}
