import type { QueueItem } from '../../../src/recipes/index.js';
import { ExclusiveBook } from './exclusive-book.js';
import type { TrialClient, TrialWorld } from './trial.js';

/** What became of one item. */
interface Entry {
  /** Somebody was told that it is in the queue. */
  isPut: boolean;
  /** It was taken out, and somebody was told so. */
  isDone: boolean;
  /** It may have been taken out. */
  isInDoubt: boolean;
  /** Acks begun of which nobody has heard how they ended: of a process that was killed, nobody ever will. */
  acking: number;
  deliveries: number;
  readonly holders: ExclusiveBook;
}

/** Items of a queue, from the put to the ack. */
export class QueueBook {
  readonly #world: TrialWorld;
  readonly #entries = new Map<string, Entry>();
  #number = 0;

  constructor(world: TrialWorld) {
    this.#world = world;
  }

  /** A new item, of which nobody knows yet. */
  newItem(): string {
    const id = `item-${(this.#number += 1)}`;
    const holders = new ExclusiveBook(this.#world, id);
    this.#entries.set(id, { isPut: false, isDone: false, isInDoubt: false, acking: 0, deliveries: 0, holders });
    return id;
  }

  put(id: string): void {
    this.#entry(id).isPut = true;
    this.#world.count('put');
  }

  /** At least once, and never two at a time. */
  delivered(client: TrialClient, id: string, item: QueueItem<unknown>): void {
    const entry = this.#entry(id);
    if (entry.isDone) this.#world.violated(`${id} was delivered to ${client.name} after it was acked`);
    entry.deliveries += 1;
    entry.holders.follow(client, item);
    this.#world.count('delivered');
  }

  /** Its consumer does nothing more with it. */
  givenBack(client: TrialClient, id: string, { token }: QueueItem<unknown>): void {
    this.#entry(id).holders.released(client, token);
  }

  /** At most once. */
  deliveredForGood(client: TrialClient, id: string): void {
    const entry = this.#entry(id);
    if (entry.isDone) this.#world.violated(`${id} was delivered to ${client.name}, and before that already`);
    entry.isDone = true;
    this.#world.count('delivered');
  }

  /** From its beginning until its process hears how it ended. */
  async acking(id: string, ack: () => Promise<void>): Promise<void> {
    const entry = this.#entry(id);
    entry.acking += 1;
    try {
      await ack();
    } finally {
      entry.acking -= 1;
    }
  }

  acked(client: TrialClient, id: string): void {
    const entry = this.#entry(id);
    if (entry.isDone) this.#world.violated(`${id} was acked by ${client.name}, and before that already`);
    entry.isDone = true;
    this.#world.count('acked');
  }

  /** It may be out of the queue: nobody can know. */
  inDoubt(id: string): void {
    this.#entry(id).isInDoubt = true;
  }

  /** When the queue is empty: `lostMax` items may be gone with those who had just taken them. */
  judge(lostMax = 0): void {
    const lost = [...this.#entries].filter(
      ([, { isPut, isDone, isInDoubt, acking }]) => isPut && !isDone && !isInDoubt && acking === 0,
    );
    if (lost.length <= lostMax) return;
    this.#world.violated(`${lost.length} items were put and never taken: ${lost.map(([id]) => id).join(', ')}`);
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new RangeError(`${id} was never made`);
    return entry;
  }
}
