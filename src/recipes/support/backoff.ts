import { backoffMs } from '../../client/backoff.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';

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
    const { timers, random } = this.#client.runtime;
    const delayMs = backoffMs(WAITS, this.#tries, random);
    this.#tries += 1;
    await new Promise<void>((resolve) => {
      let leave = (): void => undefined;
      const timer = timers.after(delayMs, () => {
        leave();
        resolve();
      });
      if (signal === undefined) return;
      leave = onAbort(signal, () => {
        timer.cancel();
        resolve();
      });
    });
  }
}
