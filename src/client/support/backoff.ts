import { backoffMs } from '../backoff.js';
import type { KeeperClient } from '../keeper-client.js';
import { pause } from './pause.js';

const WAITS = { baseMs: 20, maxMs: 1000 };

/** Waits between the tries of a recipe, of growing length. */
export class Backoff {
  readonly #client: KeeperClient;
  #tries = 0;

  constructor(client: KeeperClient) {
    this.#client = client;
  }

  /** Resolves after the wait, or as soon as the signal aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const delayMs = backoffMs(WAITS, this.#tries, this.#client.runtime.random);
    this.#tries += 1;
    await pause(this.#client, delayMs, signal);
  }
}
