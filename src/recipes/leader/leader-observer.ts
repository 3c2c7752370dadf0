import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { childOf } from '../../protocol/paths.js';
import { filterAsync } from '../support/filter-async.js';
import { Latest } from '../support/latest.js';
import type { Line } from '../support/line.js';
import { retry } from '../../client/support/retry.js';
import { inLine } from '../support/sequencer.js';
import { StateLoop } from '../support/state-loop.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { Participant } from './participant.js';

/** Undefined until it is known. */
type Seen = Participant | null | undefined;

/** Follows who stands first in a line, with one watch: on that one's node, or on the place where the first will appear. */
export class LeaderObserver {
  readonly #client: KeeperClient;
  readonly #line: Line;
  readonly #loop: StateLoop;
  readonly #seen = new Latest<Seen>(undefined);
  #watch: WatchHandle | null = null;

  constructor(client: KeeperClient, line: Line, onError: (error: unknown) => void) {
    this.#client = client;
    this.#line = line;
    this.#loop = new StateLoop(client, { look: (signal) => this.#look(signal), onError });
  }

  /** To be called once: leaving the iteration, or the signal, ends the observer. */
  iterator(signal: AbortSignal): AsyncIterator<Participant | null, undefined> {
    const isKnown = (seen: Seen): seen is Participant | null => seen !== undefined;
    const known = filterAsync(this.#seen.changes({ signal }), isKnown)[Symbol.asyncIterator]();
    const stateChanged = (): void => {
      if (this.#client.state === 'closed') void end();
    };
    const end = async (): Promise<void> => {
      leave();
      this.#client.off('stateChanged', stateChanged);
      this.#seen.end();
      await this.#loop.close();
      await this.#forgetWatch();
    };
    this.#client.on('stateChanged', stateChanged);
    this.#loop.start();
    let leave = (): void => undefined;
    leave = onAbort(signal, () => void end());
    return {
      next: () => known.next(),
      return: async () => {
        await end();
        await known.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  async #look(signal: AbortSignal): Promise<void> {
    // The client carries the watch over from connection to connection.
    if (this.#watch !== null) return;
    const budget = new WaitBudget(this.#client, { signal }, `observe the leader of ${this.#line.path}`);
    await budget.settle(this.#find(budget));
  }

  async #find(budget: WaitBudget): Promise<void> {
    for (;;) {
      const [first] = inLine(await this.#line.list(budget));
      try {
        if (first === undefined ? await this.#waitForFirst(budget) : await this.#follow(first, budget)) return;
      } catch (error) {
        // Somebody was there at one moment and gone at the next.
        if (!(error instanceof NoNodeError)) throw error;
      }
    }
  }

  async #follow(first: string, budget: WaitBudget): Promise<true> {
    const path = childOf(this.#line.path, first);
    const read = (wait: { signal: AbortSignal }) => this.#client.getData(path, { watch: true, ...wait });
    const { data, watch } = await retry(this.#client, budget, read);
    this.#keep(watch, budget);
    if (this.#seen.value?.path !== path) this.#seen.set({ id: data?.toString() ?? '', path, isLeader: true });
    return true;
  }

  /** False when somebody has come meanwhile. */
  async #waitForFirst(budget: WaitBudget): Promise<boolean> {
    const { path } = this.#line;
    let isEmpty: boolean;
    let watch: WatchHandle;
    try {
      const read = (wait: { signal: AbortSignal }) => this.#client.getChildren(path, { watch: true, ...wait });
      const listed = await retry(this.#client, budget, read);
      [isEmpty, watch] = [listed.children.length === 0, listed.watch];
    } catch (error) {
      if (!(error instanceof NoNodeError)) throw error;
      const look = (wait: { signal: AbortSignal }) => this.#client.exists(path, { watch: true, ...wait });
      const found = await retry(this.#client, budget, look);
      [isEmpty, watch] = [found.stat === null, found.watch];
    }
    if (!isEmpty) {
      void watch.close();
      return false;
    }
    this.#keep(watch, budget);
    this.#seen.set(null);
    return true;
  }

  #keep(watch: WatchHandle, budget: WaitBudget): void {
    if (budget.isSpent) {
      void watch.close();
      budget.throwIfSpent();
    }
    this.#watch = watch;
    void watch.fired.then(() => {
      if (this.#watch !== watch) return;
      this.#watch = null;
      this.#loop.mark();
    });
  }

  async #forgetWatch(): Promise<void> {
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close();
  }
}
