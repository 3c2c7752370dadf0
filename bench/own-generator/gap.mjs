// The longest time without a success.

export class Gap {
  #lastMs = 0;
  longestMs = 0;

  /** @param {number} nowMs */
  begin(nowMs) {
    this.#lastMs = nowMs;
  }

  /** @param {number} nowMs of a success */
  ended(nowMs) {
    if (nowMs - this.#lastMs > this.longestMs) this.longestMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
  }
}
