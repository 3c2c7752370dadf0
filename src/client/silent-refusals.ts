/** Full rounds of refusals before anything is concluded from them. */
const ROUNDS_MIN = 3;

/** Counts handshakes that servers hang up on without a word, until it is time to say so. */
export class SilentRefusals {
  private readonly serverCount: number;
  private count = 0;
  private firstMs = 0;

  constructor(serverCount: number) {
    this.serverCount = serverCount;
  }

  clear(): void {
    this.count = 0;
  }

  /** One more. Returns the number of rounds when there were enough of them over at least `spanMs`, and starts afresh. */
  add(nowMs: number, spanMs: number): number | null {
    if (this.count === 0) this.firstMs = nowMs;
    this.count++;
    const rounds = Math.floor(this.count / this.serverCount);
    if (rounds < ROUNDS_MIN || nowMs - this.firstMs < spanMs) return null;
    this.count = 0;
    return rounds;
  }
}
