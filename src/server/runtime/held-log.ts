import { EntryBlocks } from '../zab/entry-blocks.js';
import type { Entry, EntryInPlace } from '../zab/entry.js';

/** What has to be on the device before what comes behind it. */
export interface Precedence {
  readonly isSettled: boolean;
  /** False: it never will be. */
  settled(): Promise<boolean>;
}

/**
 * The way to the log. What is in the log will be acknowledged; so members that a transaction proposes, which have to be known
 * after a crash, come to the device before it.
 */
export class HeldLog {
  private readonly append: (entry: EntryInPlace) => void;
  private readonly first: Precedence;
  private readonly blocks = new EntryBlocks();
  private held: Entry[] | null = null;
  private releasing: Promise<void> = Promise.resolve();

  constructor(first: Precedence, append: (entry: EntryInPlace) => void) {
    this.first = first;
    this.append = append;
  }

  put(entry: EntryInPlace): void {
    if (this.held === null && this.first.isSettled) return this.append(entry);
    if (this.held === null) this.releasing = this.hold();
    this.held?.push(this.blocks.keep(entry));
  }

  /** Resolves when nothing is held. */
  released(): Promise<void> {
    return this.releasing;
  }

  private async hold(): Promise<void> {
    this.held = [];
    let isReady = true;
    while (isReady && !this.first.isSettled) isReady = await this.first.settled();
    const { held } = this;
    this.held = null;
    if (isReady) for (const entry of held) this.append(entry);
  }
}
