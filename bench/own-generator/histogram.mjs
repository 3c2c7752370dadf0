// Latencies in buckets whose width grows with them, so that millions cost a few KiB and percentiles are within 1 %.

const BUCKETS_PER_OCTAVE = 64;
const OCTAVES = 40; // of 0.1 us: beyond a day

export class Histogram {
  #buckets = new Uint32Array(BUCKETS_PER_OCTAVE * OCTAVES);
  #count = 0;
  #sumMs = 0;
  #minMs = Infinity;
  #maxMs = 0;

  /** @param {number} ms */
  add(ms) {
    const bucket = Math.floor(Math.log2(Math.max(1, ms * 1e4)) * BUCKETS_PER_OCTAVE);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
    if (ms < this.#minMs) this.#minMs = ms;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  reset() {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#sumMs = 0;
    this.#minMs = Infinity;
    this.#maxMs = 0;
  }

  get count() {
    return this.#count;
  }

  /** In microseconds, with zkload's names. */
  toJSON() {
    return {
      n: this.#count,
      mean_us: round(this.#count === 0 ? 0 : (this.#sumMs / this.#count) * 1e3),
      min_us: round(this.#count === 0 ? 0 : this.#minMs * 1e3),
      p50_us: this.#percentileUs(0.5),
      p90_us: this.#percentileUs(0.9),
      p99_us: this.#percentileUs(0.99),
      p999_us: this.#percentileUs(0.999),
      max_us: round(this.#maxMs * 1e3),
    };
  }

  /** @param {number} share */
  #percentileUs(share) {
    let left = Math.max(1, Math.round(share * this.#count));
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0) return round(Math.min(2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE) / 10, this.#maxMs * 1e3));
    }
    return 0;
  }
}

/** @param {number} us */
function round(us) {
  return Math.round(us * 10) / 10;
}
