import type { SeededRandom } from './seeded-random.js';

export interface WeatherOptions {
  /** Of one way, ms: most take little more than the least. */
  readonly latencyMinMs: number;
  readonly latencyMaxMs: number;
  /** Bytes a ms. */
  readonly bandwidth: number;
  /** Bytes on the way at most. */
  readonly windowBytes: number;
  /** A sender with more than this waiting is told to wait. */
  readonly congestedBytes: number;
  readonly splitChance: number;
  readonly joinChance: number;
  /** That closing a connection destroys what is still on the way. */
  readonly abruptChance: number;
}

/** No snapshot of these worlds takes longer than servers wait for it. */
const WIDE = { bandwidth: 1000, windowBytes: 65_536 };

/** How the network of one world behaves when nothing is broken. */
export class Weather {
  private options: WeatherOptions;
  private readonly random: SeededRandom;

  constructor(options: WeatherOptions, random: SeededRandom) {
    this.options = options;
    this.random = random;
  }

  get windowBytes(): number {
    return this.options.windowBytes;
  }

  get congestedBytes(): number {
    return this.options.congestedBytes;
  }

  /** Lines that carry a few KB a second get wider; all else stays. */
  widen(): void {
    const { bandwidth, windowBytes } = this.options;
    this.options = {
      ...this.options,
      bandwidth: Math.max(bandwidth, WIDE.bandwidth),
      windowBytes: Math.max(windowBytes, WIDE.windowBytes),
    };
  }

  /** How long so many bytes take from one end to the other. */
  travelMs(bytes: number): number {
    const { latencyMinMs, latencyMaxMs, bandwidth } = this.options;
    return this.random.skewed(latencyMinMs, latencyMaxMs) + bytes / bandwidth;
  }

  /** How many of the bytes that are there arrive together. */
  cut(bytes: number): number {
    return bytes > 1 && this.random.chance(this.options.splitChance) ? 1 + this.random.below(bytes - 1) : bytes;
  }

  gapMs(maxMs: number): number {
    return this.random.skewed(0, maxMs);
  }

  /** Whether what has arrived waits for what comes next. */
  joins(): boolean {
    return this.random.chance(this.options.joinChance);
  }

  isAbrupt(): boolean {
    return this.random.chance(this.options.abruptChance);
  }
}
