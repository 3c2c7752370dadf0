import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Stat } from '../../protocol/stat.js';

export interface NodeSeen {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Reads one node again and again, and has one watch on it between the reads: by getData, which leaves none on a node that is not there. */
export class NodeWatch {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #fired: () => void;
  #watch: WatchHandle | null = null;
  #isClosed = false;

  /** `fired` is called when what was read last may not be so any more. */
  constructor(client: KeeperClient, path: string, fired: () => void) {
    this.#client = client;
    this.path = path;
    this.#fired = fired;
  }

  /** Whether `fired` is still to come. It may have been called already when `read` resolves: both can arrive in one moment. */
  get stands(): boolean {
    return this.#watch !== null;
  }

  /** Null when the node does not exist; then nothing is watched. */
  async read(signal: AbortSignal): Promise<NodeSeen | null> {
    try {
      const { data, stat, watch } = await this.#client.getData(this.path, { watch: true, signal });
      this.#keep(watch);
      return { data, stat };
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      this.#keep(null);
      return null;
    }
  }

  /** Removes the watch; nothing fires any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close();
  }

  #keep(watch: WatchHandle | null): void {
    const before = this.#watch;
    this.#watch = this.#isClosed ? null : watch;
    // The new one stands already, so this one costs no request.
    void before?.close();
    if (watch === null) return;
    if (this.#isClosed) {
      void watch.close();
      return;
    }
    void watch.fired.then(() => {
      if (this.#watch !== watch) return;
      this.#watch = null;
      this.#fired();
    });
  }
}
