import { Fifo } from '../../runtime/fifo.js';
import type { Road } from './road.js';
import type { Weather } from './weather.js';
import type { SimProcess } from './sim-process.js';

/** Where a pipe ends. */
export interface Receiver {
  /** The chunk is the receiver's only during the call. */
  received(chunk: Buffer): void;
  /** No more will come. */
  finished(): void;
}

export interface PipeOptions {
  readonly weather: Weather;
  readonly road: Road;
  readonly from: SimProcess;
  readonly to: SimProcess;
  readonly receiver: Receiver;
  /** Everything has left the sender, after it had to wait. */
  readonly drained: () => void;
}

/** What a chunk is overwritten with when its receiver should be done with it: whoever kept a slice of it will show. */
const USED_UP = 0xdd;
/** The two halves of a split chunk are at most so far apart, ms. */
const SPLIT_GAP_MAX_MS = 20;

/**
 * One direction of a connection. Bytes arrive in order, after some time, cut and joined anew on the way. It holds so
 * much and no more; the rest waits with the sender until the receiver has read.
 */
export class Pipe {
  /** Nothing arrives before this moment. */
  stalledUntilMs = -Infinity;
  /** Everything takes so many times longer. */
  slowness = 1;
  /** Called with the length of what is about to arrive: so many bytes of it do, and nothing after them. */
  breakOff: ((bytes: number) => number) | null = null;
  private readonly options: PipeOptions;
  private readonly unsent = new Fifo<Buffer>();
  /** On the way; null is the end. */
  private readonly travelling = new Fifo<Buffer | null>();
  /** Arrived and not handed out: it waits to be joined with what comes next. */
  private held: Buffer = Buffer.alloc(0);
  private unsentCount = 0;
  private travellingCount = 0;
  private lastArrivalMs = 0;
  private whenFinished: (() => void) | null = null;
  private isCut = false;
  private mustDrain = false;
  private isHoldingBack = false;

  constructor(options: PipeOptions) {
    this.options = options;
  }

  get unsentBytes(): number {
    return this.unsentCount;
  }

  /** Whether nothing that is sent arrives any more. */
  get isBroken(): boolean {
    return this.isCut;
  }

  /** Sent, and not yet there. */
  get travellingBytes(): number {
    return this.travellingCount;
  }

  /** False: better wait for `drained` before sending more. */
  send(bytes: Buffer): boolean {
    if (this.isCut) return false;
    this.unsent.push(bytes);
    this.unsentCount += bytes.length;
    this.pump();
    if (this.unsentCount > this.options.weather.congestedBytes) this.mustDrain = true;
    return !this.mustDrain;
  }

  /** Ends it behind what was sent; calls back when the end has left. */
  finish(left: () => void): void {
    this.whenFinished = left;
    this.pump();
  }

  /** What has not left stays; what is on the way arrives. */
  dropUnsent(): void {
    this.unsent.drain();
    this.unsentCount = 0;
  }

  /** Nothing arrives any more. */
  cut(): void {
    this.isCut = true;
    this.unsentCount = 0;
  }

  /** The receiver wants no data for now. */
  holdBack(): void {
    this.isHoldingBack = true;
  }

  letGo(): void {
    if (!this.isHoldingBack) return;
    this.isHoldingBack = false;
    this.options.to.input(0, this.handOut);
  }

  private pump(): void {
    const { weather } = this.options;
    while (!this.isCut && this.unsent.length > 0 && this.travellingCount < weather.windowBytes) {
      const room = weather.windowBytes - this.travellingCount;
      const chunk = this.unsent.shift()!;
      this.unsentCount -= Math.min(room, chunk.length);
      this.launch(chunk.subarray(0, room));
      if (chunk.length > room) this.putBack(chunk.subarray(room));
    }
    if (this.unsent.length > 0) return;
    if (this.mustDrain && this.unsentCount === 0) {
      this.mustDrain = false;
      this.options.from.input(0, this.options.drained);
    }
    const { whenFinished } = this;
    this.whenFinished = null;
    if (whenFinished === null) return;
    this.launch(null);
    whenFinished();
  }

  private putBack(rest: Buffer): void {
    const later = this.unsent.drain();
    for (const chunk of [rest, ...later]) this.unsent.push(chunk);
  }

  private launch(chunk: Buffer | null): void {
    const { to, weather, road } = this.options;
    const bytes = chunk?.length ?? 0;
    const { nowMs } = to;
    const atMs = nowMs + weather.travelMs(bytes) * this.slowness * road.slowness;
    this.lastArrivalMs = Math.max(this.lastArrivalMs, atMs);
    this.travellingCount += bytes;
    this.travelling.push(chunk);
    to.input(this.lastArrivalMs - nowMs, this.arrive);
  }

  /** The next one on the way is there, whichever it was arranged for. */
  private readonly arrive = (): void => {
    if (this.isCut) return;
    const { to, weather, road } = this.options;
    const waitMs = Math.max(this.stalledUntilMs, road.blockedUntilMs) - to.nowMs;
    if (waitMs === Infinity) return road.whenOpen(this.arrive);
    if (waitMs > 0) return to.input(waitMs, this.arrive);
    const chunk = this.travelling.shift();
    if (chunk === undefined) return;
    if (chunk === null) return this.end();
    if (this.breakOff !== null) return this.hold(chunk.subarray(0, this.breakOff(chunk.length))).lastWords();
    this.hold(chunk);
    const isMoreComing = this.travelling.length > 0 && this.travelling.peek() !== null;
    if (!isMoreComing || !weather.joins()) this.handOut();
  };

  private hold(chunk: Buffer): this {
    this.held = this.held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.held, chunk]);
    return this;
  }

  private lastWords(): void {
    if (!this.isHoldingBack) this.give(this.held.length);
    this.cut();
  }

  private end(): void {
    // Whoever reads no data does not see the end behind it either.
    if (this.isHoldingBack && this.held.length > 0) {
      this.travelling.push(null);
      this.options.to.input(SPLIT_GAP_MAX_MS, this.arrive);
      return;
    }
    this.give(this.held.length);
    if (!this.isCut) this.options.receiver.finished();
  }

  private readonly handOut = (): void => {
    if (this.isCut || this.isHoldingBack || this.held.length === 0) return;
    const { to, weather } = this.options;
    const bytes = weather.cut(this.held.length);
    this.give(bytes);
    if (this.held.length > 0) to.input(weather.gapMs(SPLIT_GAP_MAX_MS), this.handOut);
  };

  private give(bytes: number): void {
    if (bytes === 0) return;
    const chunk = this.held.subarray(0, bytes);
    this.held = this.held.subarray(bytes);
    this.options.receiver.received(chunk);
    chunk.fill(USED_UP);
    this.travellingCount -= bytes;
    this.pump();
  }
}
