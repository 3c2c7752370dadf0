import { BadArgumentsError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { ItemFinder } from './item-finder.js';
import { encodeItems } from './item-format.js';
import type { ItemNames } from './item-names.js';
import { ItemProducer } from './item-producer.js';
import { ItemStream } from './item-stream.js';
import { ItemTaker } from './item-taker.js';
import type { QueueItem } from './queue-item.js';
import type { ItemsOptions, QueueOptions, QueueSerializer } from './queue-options.js';
import { QueueSpace } from './queue-space.js';

export interface QueueKind {
  readonly names: ItemNames;
  /** See ItemFinder. */
  readonly refreshAfter: number;
}

const BYTES: QueueSerializer<unknown> = {
  serialize(value) {
    if (typeof value === 'string') return Buffer.from(value);
    if (value instanceof Uint8Array) return value;
    throw new BadArgumentsError({ message: 'the item is neither text nor bytes, and the queue has no serializer' });
  },
  deserialize: (bytes) => bytes,
};

/** What all kinds of queues have in common. */
export class QueueCore<T> {
  readonly space: QueueSpace;
  readonly #serializer: QueueSerializer<T>;
  readonly #producer: ItemProducer;
  readonly #taker: ItemTaker<T>;

  constructor(client: KeeperClient, path: string, { kind, options }: { kind: QueueKind; options: QueueOptions<T> }) {
    this.space = new QueueSpace(client, path, { names: kind.names, options: { ...options, serializer: undefined } });
    // Without a serializer T is what the default one makes: the classes' types say so.
    this.#serializer = options.serializer ?? (BYTES as QueueSerializer<T>);
    this.#producer = new ItemProducer(this.space);
    const finder = new ItemFinder(this.space, kind.refreshAfter);
    this.#taker = new ItemTaker(this.space, { finder, serializer: this.#serializer });
  }

  async start(options: WaitOptions): Promise<void> {
    const budget = new WaitBudget(this.space.client, options, `start ${this.space.path}`);
    await budget.settle(this.space.ensure(budget), 0);
  }

  async put(prefix: string, values: readonly T[], options: WaitOptions): Promise<void> {
    if (values.length === 0)
      throw new BadArgumentsError({ message: 'there are no items to put', path: this.space.path });
    const data = encodeItems(values.map((value) => this.#serializer.serialize(value)));
    const budget = new WaitBudget(this.space.client, options, `put into ${this.space.path}`);
    await budget.settle(this.#producer.put(budget, prefix, data));
  }

  items(options: ItemsOptions): AsyncGenerator<QueueItem<T>, void, undefined> {
    return new ItemStream(this.space, this.#taker, options).items();
  }

  /** How many nodes the queue has. */
  async size(options: WaitOptions): Promise<number> {
    const { client, path } = this.space;
    const budget = new WaitBudget(client, options, `size of ${path}`);
    const { stat } = await budget.settle(
      retry(client, budget, (wait) => client.exists(path, wait)),
      0,
    );
    return stat?.numChildren ?? 0;
  }

  /** Takes out those of the items named so that nobody works at. Returns how many. */
  async remove(isWanted: (name: string) => boolean, options: WaitOptions): Promise<number> {
    const budget = new WaitBudget(this.space.client, options, `remove from ${this.space.path}`);
    return budget.settle(this.#remove(budget, isWanted));
  }

  async #remove(budget: WaitBudget, isWanted: (name: string) => boolean): Promise<number> {
    await this.space.ensure(budget);
    const { free } = await new ItemFinder(this.space, Infinity).find(budget);
    let removed = 0;
    for (const name of free.filter(isWanted)) {
      const taken = await this.#taker.claim(budget, name);
      if (taken === null) continue;
      await taken.node.finish();
      removed += taken.values.length;
    }
    return removed;
  }
}
