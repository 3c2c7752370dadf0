import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { fixedId, ID_NAMES, idOf, idPrefix } from './item-names.js';
import { QueueCore } from './queue-core.js';
import type { QueueItem } from './queue-item.js';
import type { ItemsOptions, QueueOptions } from './queue-options.js';

/**
 * A DistributedQueue whose items have ids, by which they can be removed. Uses the znodes of Curator's DistributedIdQueue. An
 * id need not be unique; it does not matter for the order.
 */
export class DistributedIdQueue<T = Buffer | string | Uint8Array> {
  readonly path: string;
  readonly #core: QueueCore<T>;

  /** `path` is made when it is used first, by {@link start} at the latest. */
  constructor(client: KeeperClient, path: string, options: QueueOptions<T> = {}) {
    this.#core = new QueueCore(client, path, { kind: { names: ID_NAMES, refreshAfter: Infinity }, options });
    this.path = path;
  }

  /** Makes the queue's nodes if they are missing, as every other call does by itself. */
  async start(options: WaitOptions = {}): Promise<void> {
    await this.#core.start(options);
  }

  /**
   * In `id`, `/` and `|` become `_`. Resolves when the item is in the queue. Waits while the queue is full (`maxItems`). Rejects with an OutcomeUnknownError
   * when it may be in the queue and may not: to put it again may put it twice.
   */
  async put(value: T, id: string, options: WaitOptions = {}): Promise<void> {
    await this.#core.put(idPrefix(id), [value], options);
  }

  /** Several items in one node: they come and go to a consumer together, are acked one by one, and cost one write. */
  async putMany(values: readonly T[], id: string, options: WaitOptions = {}): Promise<void> {
    await this.#core.put(idPrefix(id), values, options);
  }

  /**
   * Takes items, one at a time or as many as `concurrency` allows. Each must be acked, or given back. When the session is
   * lost, the items in work are told so by their `signal`, others get them, and the iteration goes on with the next session.
   * Breaking off gives back what is in work; the signal ends it after the present item. Rejects when the client is closed.
   */
  items(options: ItemsOptions = {}): AsyncGenerator<QueueItem<T>, void, undefined> {
    return this.#core.items(options);
  }

  /** How many nodes there are, claimed or not; one node may hold several items. */
  async size(options: WaitOptions = {}): Promise<number> {
    return this.#core.size(options);
  }

  /** Takes out the items with this id, those excepted that somebody works at. Resolves to how many. */
  async remove(id: string, options: WaitOptions = {}): Promise<number> {
    const wanted = fixedId(id);
    return this.#core.remove((name) => idOf(name) === wanted, options);
  }
}
