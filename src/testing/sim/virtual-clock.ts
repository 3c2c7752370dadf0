import { EventHeap } from './event-heap.js';
import type { HeapEvent, Phase } from './event-heap.js';

/** Whose event it is: it decides whether the event still happens, and may put it off. */
export interface EventOwner {
  readonly isAlive: boolean;
  /** The owner does nothing before this moment. */
  readonly stalledUntilMs: number;
}

interface ClockEvent extends HeapEvent {
  readonly owner: EventOwner;
  fn: (() => void) | null;
}

export interface Arrangement {
  readonly owner: EventOwner;
  readonly atMs: number;
  readonly phase: Phase;
  readonly fn: () => void;
}

/** Real turns that a run may take at a stretch before other work of this thread gets one. */
const STEPS_AT_A_STRETCH = 2000;

/**
 * The time of one simulated world. It passes from event to event; between two of them every promise that can settle has
 * settled, so that nothing depends on how fast this machine is.
 */
export class VirtualClock {
  private readonly heap = new EventHeap<ClockEvent>();
  private now = 0;
  private order = 0;
  private steps = 0;

  get nowMs(): number {
    return this.now;
  }

  /** Events that have happened. */
  get stepCount(): number {
    return this.steps;
  }

  /** Returns what takes it back. */
  arrange({ owner, atMs, phase, fn }: Arrangement): () => void {
    const event: ClockEvent = { atMs: Math.max(atMs, this.now), phase, order: (this.order += 1), owner, fn };
    this.heap.push(event);
    return () => {
      event.fn = null;
    };
  }

  /** Lets time pass until `isDone`, which is asked after every event; false when `untilMs` came first. */
  async run(isDone: () => boolean, untilMs = Infinity): Promise<boolean> {
    // A tick asked for by a promise comes when no other promise is left to settle; one asked for by anybody else does not.
    await Promise.resolve();
    for (;;) {
      await new Promise<void>((resolve) => process.nextTick(resolve));
      if (isDone()) return true;
      const event = this.next(untilMs);
      if (event === null) return false;
      this.steps += 1;
      event();
      if (this.steps % STEPS_AT_A_STRETCH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Moves on to the next event; null when there is none until then. */
  private next(untilMs: number): (() => void) | null {
    for (let event = this.heap.pop(); event !== undefined; event = this.heap.pop()) {
      const { owner, fn } = event;
      if (fn === null || !owner.isAlive) continue;
      if (event.atMs > untilMs) {
        this.heap.push(event);
        break;
      }
      if (owner.stalledUntilMs > event.atMs) {
        event.atMs = owner.stalledUntilMs;
        this.heap.push(event);
        continue;
      }
      this.now = event.atMs;
      event.fn = null;
      return fn;
    }
    this.now = Math.max(this.now, Number.isFinite(untilMs) ? untilMs : this.now);
    return null;
  }
}
