import type { Zxid } from '../../protocol/zxid.js';
import { Fifo } from '../../runtime/fifo.js';
import type { CommittedLog } from '../zab/committed-log.js';
import { copyOf, type Entry, type EntryInPlace } from '../zab/entry.js';

/** The bytes of what a learner has accepted: kept until they are committed, for learners of its own one day. */
export class AcceptedEntries {
  private readonly items = new Fifo<Entry>();
  private readonly log: CommittedLog;

  constructor(log: CommittedLog) {
    this.log = log;
  }

  accept(entry: EntryInPlace): void {
    this.items.push(copyOf(entry));
  }

  committed(upTo: Zxid): void {
    for (let next = this.items.peek(); next !== undefined && next.zxid <= upTo; next = this.items.peek()) {
      this.items.shift();
      this.log.add(next);
    }
  }

  /** Not committed, oldest first. */
  *[Symbol.iterator](): IterableIterator<Entry> {
    yield* this.items;
  }

  clear(): void {
    this.items.drain();
  }
}
