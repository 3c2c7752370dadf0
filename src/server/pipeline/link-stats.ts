/** Counters that `cons` shows, a link each. Latencies in ms. */
export class LinkStats {
  received = 0;
  sent = 0;
  /** Requests taken and not yet answered. */
  outstanding = 0;
  establishedWallMs = 0;
  lastOp = 'NA';
  lastCxid = -1;
  lastZxid = -1;
  lastResponseMs = 0;
  lastLatencyMs = 0;
  minLatencyMs = 0;
  maxLatencyMs = 0;
  private latencySumMs = 0;
  private latencyCount = 0;

  get avgLatencyMs(): number {
    return this.latencyCount === 0 ? 0 : Math.floor(this.latencySumMs / this.latencyCount);
  }

  answered(latencyMs: number, nowMs: number): void {
    this.minLatencyMs = this.latencyCount === 0 ? latencyMs : Math.min(this.minLatencyMs, latencyMs);
    this.maxLatencyMs = Math.max(this.maxLatencyMs, latencyMs);
    this.latencySumMs += latencyMs;
    this.latencyCount++;
    this.lastLatencyMs = latencyMs;
    this.lastResponseMs = nowMs;
  }

  /** `crst`. */
  reset(): void {
    this.received = 0;
    this.sent = 0;
    this.lastOp = 'NA';
    this.lastCxid = -1;
    this.lastZxid = -1;
    this.lastResponseMs = 0;
    this.lastLatencyMs = 0;
    this.minLatencyMs = 0;
    this.maxLatencyMs = 0;
    this.latencySumMs = 0;
    this.latencyCount = 0;
  }
}
