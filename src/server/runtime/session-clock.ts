import type { Runtime, Timer } from '../../runtime/index.js';

/**
 * Looks for sessions whose time is up, once a tick. It looks when the turn ends: after a stall of this process, what
 * clients sent meanwhile is read first, so that nobody is expired for being silent while nobody listened.
 */
export class SessionClock {
  private readonly runtime: Runtime;
  private readonly tickMs: number;
  private readonly expire: (nowMs: number) => void;
  private timer: Timer | null = null;

  constructor(runtime: Runtime, tickMs: number, expire: (nowMs: number) => void) {
    this.runtime = runtime;
    this.tickMs = tickMs;
    this.expire = expire;
  }

  start(): void {
    // Sessions expire at multiples of the tick: look just behind one.
    const nowMs = this.runtime.clock.monotonicMs();
    const waitMs = this.tickMs - (nowMs % this.tickMs) + 1;
    this.timer = this.runtime.timers.after(waitMs, () => {
      this.start();
      this.runtime.timers.atTurnEnd(() => this.look());
    });
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private look(): void {
    if (this.timer !== null) this.expire(this.runtime.clock.monotonicMs());
  }
}
