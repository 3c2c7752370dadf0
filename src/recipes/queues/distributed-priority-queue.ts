import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { BadArgumentsError } from '../../client/errors.js';
import { PRIORITY_NAMES, priorityPrefix } from './item-names.js';
import { QueueCore } from './queue-core.js';
import type { QueueItem } from './queue-item.js';
import type { ItemsOptions, QueueOptions } from './queue-options.js';

/** Options of a DistributedPriorityQueue: those of every queue, and how often the order is looked at. */
export interface PriorityQueueOptions<T> extends QueueOptions<T> {
  /**
   * In a queue of more than a thousand items: how many a consumer may take before it looks whether something more urgent was
   * put, which costs a listing of the whole queue. Default 0: the most urgent one always comes first.
   */
  readonly minItemsBeforeRefresh?: number | undefined;
}

/**
 * A DistributedQueue that delivers the smallest priority first, and items of one priority in their order. Uses the znodes of
 * Curator's DistributedPriorityQueue. What is given back keeps its priority. (What Curator requeues loses it, and comes first.)
 */
export class DistributedPriorityQueue<T = Buffer | string | Uint8Array> {
  readonly path: string;
  readonly #core: QueueCore<T>;

  /** `path` is made when it is used first, by {@link start} at the latest. */
  constructor(client: KeeperClient, path: string, options: PriorityQueueOptions<T> = {}) {
    const { minItemsBeforeRefresh = 0 } = options;
    if (!(minItemsBeforeRefresh >= 0)) {
      const message = `minItemsBeforeRefresh is ${minItemsBeforeRefresh}; it must be a number, 0 or more`;
      throw new BadArgumentsError({ message, path });
    }
    this.#core = new QueueCore(client, path, {
      kind: { names: PRIORITY_NAMES, refreshAfter: minItemsBeforeRefresh },
      options,
    });
    this.path = path;
  }

  /** Makes the queue's nodes if they are missing, as every other call does by itself. */
  async start(options: WaitOptions = {}): Promise<void> {
    await this.#core.start(options);
  }

  /**
   * `priority`: a 32-bit integer; the smaller comes first. Resolves when the item is in the queue. Waits while the queue is full (`maxItems`). Rejects with an OutcomeUnknownError
   * when it may be in the queue and may not: to put it again may put it twice.
   */
  async put(value: T, priority: number, options: WaitOptions = {}): Promise<void> {
    await this.#core.put(priorityPrefix(priority), [value], options);
  }

  /** Several items in one node: they come and go to a consumer together, are acked one by one, and cost one write. */
  async putMany(values: readonly T[], priority: number, options: WaitOptions = {}): Promise<void> {
    await this.#core.put(priorityPrefix(priority), values, options);
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
