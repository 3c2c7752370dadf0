import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from './on-abort.js';

const BASE_MS = 20;
const MAX_MS = 1000;
/** 2^10 bases are past the maximum; more would only overflow. */
const DOUBLINGS_MAX = 10;

/** Waits of growing length between tries, uniform in 0..min(1 s, 20 ms * 2^tries) so that a crowd spreads out. */
export class Backoff {
  readonly #client: KeeperClient;
  #tries = 0;

  constructor(client: KeeperClient) {
    this.#client = client;
  }

  /** Resolves after the wait, or as soon as the signal aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const { timers, random } = this.#client.runtime;
    const limitMs = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(this.#tries, DOUBLINGS_MAX));
    this.#tries += 1;
    await new Promise<void>((resolve) => {
      let leave = (): void => undefined;
      const timer = timers.after(random.float() * limitMs, () => {
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
