import type { Runtime } from '../runtime/runtime.js';
import type { Timer } from '../runtime/timers.js';

/** The one timer of a session. It is not moved when the due time moves away: it fires early and is set anew. */
export class WakeTimer {
  private readonly runtime: Runtime;
  private readonly wake: (nowMs: number, lateMs: number) => void;
  private timer: Timer | null = null;
  private dueMs = Infinity;

  constructor(runtime: Runtime, wake: (nowMs: number, lateMs: number) => void) {
    this.runtime = runtime;
    this.wake = wake;
  }

  /** Asks to be woken at this moment or before; Infinity for never. */
  arm(dueMs: number): void {
    if (this.timer !== null && this.dueMs <= dueMs && dueMs !== Infinity) return;
    this.timer?.cancel();
    this.timer = null;
    this.dueMs = dueMs;
    if (dueMs === Infinity) return;
    // A timer may fire a fraction of a ms early; a whole one more spares a second turn.
    const afterMs = Math.max(0, Math.ceil(dueMs - this.runtime.clock.monotonicMs()));
    this.timer = this.runtime.timers.after(afterMs, this.onFire);
  }

  private readonly onFire = (): void => {
    this.timer = null;
    const nowMs = this.runtime.clock.monotonicMs();
    this.wake(nowMs, nowMs - this.dueMs);
  };
}
