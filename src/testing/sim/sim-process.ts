import type { Clock, Timer, Timers } from '../../runtime/index.js';
import { Phase } from './event-heap.js';
import type { EventOwner, VirtualClock } from './virtual-clock.js';

/** As node's: a timer never fires in the millisecond in which it was set. */
const TIMER_MIN_MS = 1;
/** The date at which every world begins: 2026-01-01. */
const EPOCH_MS = 1_767_225_600_000;

export interface SimProcessOptions {
  readonly clock: VirtualClock;
  readonly name: string;
  /** Input is looked at every so often, ms: what arrives in between is handed out in one turn. */
  readonly turnMs: number;
  /** How fast its clocks run: 1.01 is one percent too fast. */
  readonly clockRate?: number;
}

/**
 * One process of the simulated world: an event loop. It can stand still for a while, and it can die, and then nothing of
 * it ever runs again: no timer, no input, and no promise, since whatever it waits for never comes.
 */
export class SimProcess implements Clock, Timers, EventOwner {
  readonly name: string;
  isAlive = true;
  stalledUntilMs = -Infinity;
  /** How far the wall clock is wrong. */
  wallOffsetMs = 0;
  private readonly clock: VirtualClock;
  private readonly turnMs: number;
  private readonly clockRate: number;

  constructor(options: SimProcessOptions) {
    this.clock = options.clock;
    this.name = options.name;
    this.turnMs = options.turnMs;
    this.clockRate = options.clockRate ?? 1;
  }

  /** The world's time, which no process can tell. */
  get nowMs(): number {
    return this.clock.nowMs;
  }

  wallMs(): number {
    return Math.floor(EPOCH_MS + this.monotonicMs() + this.wallOffsetMs);
  }

  monotonicMs(): number {
    return this.clock.nowMs * this.clockRate;
  }

  after(ms: number, fn: () => void): Timer {
    const atMs = this.clock.nowMs + Math.max(TIMER_MIN_MS, ms) / this.clockRate;
    return { cancel: this.clock.arrange({ owner: this, atMs, phase: Phase.timer, fn }) };
  }

  afterUnref(ms: number, fn: () => void): Timer {
    return this.after(ms, fn);
  }

  atTurnEnd(fn: () => void): void {
    this.clock.arrange({ owner: this, atMs: this.clock.nowMs, phase: Phase.turnEnd, fn });
  }

  /** Something from outside reaches the process, in `ms` or a little later. */
  input(ms: number, fn: () => void): void {
    const atMs = Math.ceil((this.clock.nowMs + ms) / this.turnMs) * this.turnMs;
    this.clock.arrange({ owner: this, atMs, phase: Phase.input, fn });
  }

  /** Resolves after so long, as input; never if the process dies before. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.input(ms, resolve));
  }

  /** Its event loop does nothing for so long. Time passes for it all the same. */
  stall(ms: number): void {
    this.stalledUntilMs = Math.max(this.stalledUntilMs, this.clock.nowMs + ms);
  }

  die(): void {
    this.isAlive = false;
  }
}
