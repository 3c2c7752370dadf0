const PING_INTERVAL_MAX_MS = 10_000;

/**
 * When a session was last in contact, and what follows from it (client-protocol 11.3). T is the negotiated timeout; all
 * times are ms on one monotonic clock.
 */
export class ContactTimes {
  private heardMs = 0;
  private sentMs = 0;
  private vouchedSendMs = 0;
  private renewalSentMs = 0;
  private graceUntilMs = 0;

  heard(nowMs: number): void {
    this.heardMs = nowMs;
    this.graceUntilMs = 0;
  }

  sent(nowMs: number): void {
    this.sentMs = nowMs;
  }

  /**
   * A request sent then was answered by the ensemble: a write, or a sync. What a server answers by itself, pings and reads,
   * says nothing: the leader may not have heard of it, or there may be another one, and the session may be given up.
   */
  vouchedFor(sentAtMs: number): void {
    if (sentAtMs > this.vouchedSendMs) this.vouchedSendMs = sentAtMs;
  }

  /** What was sent last, a handshake, was answered. `isNew`: with a session that was made for it. */
  shookHands(nowMs: number, isNew: boolean): void {
    this.heard(nowMs);
    if (isNew) this.vouchedSendMs = this.sentMs;
    else this.renewalSentMs = 0;
  }

  /** A request goes out that the ensemble answers. */
  renewalSent(nowMs: number): void {
    this.renewalSentMs = nowMs;
  }

  /** When to have the ensemble vouch for the session again: T/3 after the last time, answered or not. */
  renewAtMs(timeoutMs: number): number {
    return Math.max(this.vouchedSendMs, this.renewalSentMs) + timeoutMs / 3;
  }

  /** T/3 after the last sending, but every ten seconds at least. */
  pingAtMs(timeoutMs: number): number {
    return this.sentMs + Math.min(timeoutMs / 3, PING_INTERVAL_MAX_MS);
  }

  /** The connection counts as dead. */
  silentAtMs(timeoutMs: number): number {
    return Math.max(this.heardMs + (timeoutMs * 2) / 3, this.graceUntilMs);
  }

  /** The session counts as over. */
  lostAtMs(timeoutMs: number): number {
    return this.heardMs + (timeoutMs * 4) / 3;
  }

  /** No server can have given the session up before. */
  leaseDeadlineMs(timeoutMs: number): number {
    return this.vouchedSendMs + timeoutMs;
  }

  /**
   * Whether the silence is to be borne a little longer. After a standstill of the event loop (`lateMs`), what the server
   * sent meanwhile is read only after the timers have run: the connection gets a moment, once, to show that it lives.
   */
  forgives(nowMs: number, lateMs: number, timeoutMs: number): boolean {
    if (lateMs <= timeoutMs / 6 || this.graceUntilMs !== 0) return false;
    this.graceUntilMs = nowMs + timeoutMs / 6;
    return true;
  }
}
