import { backoffMs } from './backoff.js';
import type { AutomatonConfig } from './session-effects.js';

/** When to try to connect, and until when. All times are ms on one monotonic clock. */
export class AttemptSchedule {
  /** Of the next attempt. */
  dueMs = 0;
  /** Of the present one. */
  deadlineMs = 0;
  private readonly config: AutomatonConfig;
  /** Attempts and short-lived connections since the last one that lasted. */
  private failures = 0;
  private connectedAtMs = 0;

  constructor(config: AutomatonConfig) {
    this.config = config;
  }

  begin(nowMs: number): void {
    this.deadlineMs = nowMs + this.config.connectTimeoutMs;
  }

  connected(nowMs: number): void {
    this.connectedAtMs = nowMs;
  }

  /** The connection has ended: one that lasted is no failure. */
  ended(nowMs: number): void {
    if (nowMs - this.connectedAtMs >= this.config.backoff.maxMs) this.failures = 0;
  }

  /** The next after a failure: later from round to round of the servers. */
  retry(nowMs: number): void {
    this.waitRounds(nowMs, Math.floor(this.failures / this.config.serverCount));
  }

  /** The next after a server that works has settled the old session: it would be wrong to wait long. */
  retrySoon(nowMs: number): void {
    this.waitRounds(nowMs, 0);
  }

  private waitRounds(nowMs: number, round: number): void {
    this.failures++;
    this.dueMs = nowMs + backoffMs(this.config.backoff, round, this.config.random);
  }
}
