import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { ITEM_PREFIX, PLAIN_NAMES } from './item-names.js';
import { QueueCore } from './queue-core.js';
import type { QueueItem } from './queue-item.js';
import type { ItemsOptions, QueueOptions } from './queue-options.js';

/**
 * A queue on the znodes of Curator's DistributedQueue: first in, first out to be delivered, at least once.
 *
 * Consumers stand in line, however many there are, and a put wakes one of them. Java consumers with the same `lockPath` share
 * the items with them. ZooKeeper holds all of it in memory and writes each item twice: it is a queue for thousands of items,
 * not for millions.
 */
export class DistributedQueue<T = Buffer | string | Uint8Array> {
  readonly path: string;
  readonly #core: QueueCore<T>;

  /** `path` is made when it is used first, by {@link start} at the latest. */
  constructor(client: KeeperClient, path: string, options: QueueOptions<T> = {}) {
    this.#core = new QueueCore(client, path, { kind: { names: PLAIN_NAMES, refreshAfter: Infinity }, options });
    this.path = path;
  }

  /** Makes the queue's nodes if they are missing, as every other call does by itself. */
  async start(options: WaitOptions = {}): Promise<void> {
    await this.#core.start(options);
  }

  /**
   * Resolves when the item is in the queue. Waits while the queue is full (`maxItems`). Rejects with an OutcomeUnknownError
   * when it may be in the queue and may not: to put it again may put it twice.
   */
  async put(value: T, options: WaitOptions = {}): Promise<void> {
    await this.#core.put(ITEM_PREFIX, [value], options);
  }

  /** Several items in one node: they come and go to a consumer together, are acked one by one, and cost one write. */
  async putMany(values: readonly T[], options: WaitOptions = {}): Promise<void> {
    await this.#core.put(ITEM_PREFIX, values, options);
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
}
