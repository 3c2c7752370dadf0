import type { Mutex } from 'async-mutex';
import { purge, type PurgeOptions } from './purge.js';

/** Purges one at a time, and never while the history changes. */
export class PurgeKeeper {
  private readonly options: PurgeOptions;
  /** Held while the history changes. */
  private readonly changing: Mutex;
  private purging: Promise<string[]> | null = null;
  /** The part of it that deletes. */
  private deleting: Promise<string[]> | null = null;

  constructor(options: PurgeOptions, changing: Mutex) {
    this.options = options;
    this.changing = changing;
  }

  /** Resolves to the paths of what was deleted. */
  purge(): Promise<string[]> {
    this.purging ??= this.deleteUnneeded().finally(() => {
      this.purging = null;
    });
    return this.purging;
  }

  /** Resolves when nothing is being deleted. */
  async settled(): Promise<void> {
    await this.deleting?.catch(() => undefined);
  }

  private async deleteUnneeded(): Promise<string[]> {
    while (this.changing.isLocked()) await this.changing.waitForUnlock();
    this.deleting = purge(this.options).finally(() => {
      this.deleting = null;
    });
    return this.deleting;
  }
}
