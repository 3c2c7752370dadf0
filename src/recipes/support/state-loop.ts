import { ClosedError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { Backoff } from '../../client/support/backoff.js';
import { isRetryable } from '../../client/support/retry.js';

export interface StateLoopOptions {
  /**
   * Looks at the servers and makes the recipe's state what it has to be. Never runs twice at a time. `signal` aborts
   * when the loop is closed.
   */
  readonly look: (signal: AbortSignal) => Promise<void>;
  /** Hears of an error that repeating alone does not mend. It is looked again all the same, after a pause. */
  readonly onError: (error: unknown) => void;
}

/**
 * The one place where a recipe's state changes. Whatever happens (a watch, a new connection, a call of the user) only
 * marks it; each mark leads to one more look, and a look decides by what it sees, never by what has woken it.
 */
export class StateLoop {
  readonly #client: KeeperClient;
  readonly #options: StateLoopOptions;
  readonly #closing = new AbortController();
  #isMarked = false;
  #wake: () => void = () => undefined;
  #running: Promise<void> | null = null;
  readonly #mark = (): void => this.mark();

  constructor(client: KeeperClient, options: StateLoopOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Takes the first look as soon as there is a connection, and one after every change of the client's state. */
  start(): void {
    if (this.#running !== null || this.#closing.signal.aborted) return;
    this.#client.on('stateChanged', this.#mark);
    this.#isMarked = true;
    this.#running = this.#run().finally(() => this.#client.off('stateChanged', this.#mark));
  }

  /** Something may have changed. */
  mark(): void {
    this.#isMarked = true;
    this.#wake();
  }

  /** Resolves when the last look has ended: nothing of the loop runs any more. To be called from outside of a look. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let backoff = new Backoff(this.#client);
    while (!signal.aborted) {
      if (!this.#isMarked) {
        await this.#marked();
        continue;
      }
      this.#isMarked = false;
      try {
        await this.#options.look(signal);
        backoff = new Backoff(this.#client);
      } catch (error) {
        if (signal.aborted) return;
        if (!isRetryable(error)) this.#options.onError(error);
        // Nothing comes after the end of the client.
        if (error instanceof ClosedError || this.#client.state === 'closed') return;
        this.#isMarked = true;
        await backoff.wait(signal);
      }
    }
  }

  #marked(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}
