import type { Timers } from '../../runtime/index.js';

/** Something with bytes to send. */
export interface Flushable {
  flush(): void;
}

/**
 * Gathers the sockets that have something to send and flushes each once, when the turn of the event loop ends: one
 * write per link and turn, however many answers and events it got.
 */
export class FlushQueue {
  private readonly timers: Timers;
  private dirty: Flushable[] = [];
  private scheduled = false;

  constructor(timers: Timers) {
    this.timers = timers;
  }

  add(item: Flushable): void {
    this.dirty.push(item);
    if (this.scheduled) return;
    this.scheduled = true;
    this.timers.atTurnEnd(this.run);
  }

  private readonly run = (): void => {
    const dirty = this.dirty;
    this.dirty = [];
    this.scheduled = false;
    for (const item of dirty) item.flush();
  };
}
