import type { Clock, Timer, Timers } from '../../../src/runtime/index.js';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Time that passes only when told to, timer by timer, with every promise settled in between. */
export class VirtualTime implements Clock, Timers {
  #nowMs = 0;
  #order = 0;
  #entries: Entry[] = [];

  wallMs(): number {
    return Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, fn: () => void): Timer {
    const entry = { atMs: this.#nowMs + Math.max(0, ms), order: (this.#order += 1), fn };
    this.#entries.push(entry);
    return { cancel: () => (this.#entries = this.#entries.filter((each) => each !== entry)) };
  }

  afterUnref(ms: number, fn: () => void): Timer {
    return this.after(ms, fn);
  }

  atTurnEnd(fn: () => void): void {
    setImmediate(fn);
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settled();
      const next = this.#next();
      if (next === undefined || next.atMs > untilMs) break;
      this.#fire(next);
    }
    this.#nowMs = untilMs;
  }

  /** Lets time pass until the promise settles. Rejects when `limitMs` were not enough. */
  async until<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    const state = { isSettled: false };
    const watched = promise.finally(() => (state.isSettled = true));
    watched.catch(() => undefined);
    const limit = this.#nowMs + limitMs;
    for (;;) {
      await settled();
      const next = this.#next();
      if (state.isSettled) return watched;
      if (next === undefined || next.atMs > limit) throw new Error(`not settled at ${this.#nowMs} ms of virtual time`);
      this.#fire(next);
    }
  }

  /** The event loop stands still for `ms`: time passes, and no timer or reply is looked at. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  #next(): Entry | undefined {
    return this.#entries.reduce<Entry | undefined>((first, each) => (isBefore(each, first) ? each : first), undefined);
  }

  #fire(entry: Entry): void {
    this.#entries = this.#entries.filter((each) => each !== entry);
    this.#nowMs = Math.max(this.#nowMs, entry.atMs);
    entry.fn();
  }
}

function isBefore(entry: Entry, other: Entry | undefined): boolean {
  if (other === undefined) return true;
  return entry.atMs < other.atMs || (entry.atMs === other.atMs && entry.order < other.order);
}

/** Every promise that can settle without time passing has settled. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
