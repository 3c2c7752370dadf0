import type { Timer, Timers } from '../../runtime/index.js';

/** Runs something every so often, never twice at once, until stopped. */
export class RepeatedTask {
  private readonly timers: Timers;
  private readonly intervalMs: number;
  private readonly task: () => Promise<void> | void;
  private timer: Timer | null = null;
  private isStopped = false;

  constructor(timers: Timers, intervalMs: number, task: () => Promise<void> | void) {
    this.timers = timers;
    this.intervalMs = intervalMs;
    this.task = task;
  }

  start(): void {
    if (this.isStopped) return;
    this.timer = this.timers.after(this.intervalMs, () => void this.run());
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private async run(): Promise<void> {
    await this.task();
    this.start();
  }
}
