const PING_INTERVAL_MAX_MS = 10_000;

/**
 * When a session was last in contact, and what follows from it (client-protocol 11.3). T is the negotiated timeout; all
 * times are ms on one monotonic clock.
 */
export class ContactTimes {
  private heardMs = 0;
  private sentMs = 0;
  private answeredSendMs = 0;
  private graceUntilMs = 0;

  heard(nowMs: number): void {
    this.heardMs = nowMs;
    this.graceUntilMs = 0;
  }

  sent(nowMs: number): void {
    this.sentMs = nowMs;
  }

  /** A request sent then was answered. */
  answered(sentAtMs: number): void {
    if (sentAtMs > this.answeredSendMs) this.answeredSendMs = sentAtMs;
  }

  /** What was sent last, a handshake, was answered. */
  shookHands(nowMs: number): void {
    this.heard(nowMs);
    this.answeredSendMs = this.sentMs;
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
    return this.answeredSendMs + timeoutMs;
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
