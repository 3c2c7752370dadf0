import type { ByteStream, PendingStream, Runtime, Timer, TlsClientOptions } from '../../runtime/index.js';

export interface LeaderDialOptions {
  /** Where the leader may be: names are looked up at every attempt. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly tls: TlsClientOptions | null;
  /** For all attempts together. */
  readonly timeoutMs: number;
  /** Longest wait between two attempts. A process that refuses for five of these is not going to lead. */
  readonly retryDelayMs: number;
  /** Wait before the first attempt, which counts for nothing else. */
  readonly delayMs: number;
}

/** A leader opens its port a little later than it is elected: the first attempts come soon after each other. */
const FIRST_WAIT_MS = 5;
const REFUSED_DELAYS_MAX = 5;
/** It has so much time to open its port, however short the waits are to be. */
const REFUSALS_MIN_MS = 100;

/** Connects to the quorum port of the leader, by whichever of its addresses answers first. */
export class LeaderDial {
  private readonly options: LeaderDialOptions;
  private readonly runtime: Runtime;
  private pending: PendingStream[] = [];
  private timer: Timer | null = null;
  private wake: (() => void) | null = null;
  private isAborted = false;
  private giveUpAtMs = 0;
  private waitMs: number;

  constructor(options: LeaderDialOptions, runtime: Runtime) {
    this.options = options;
    this.runtime = runtime;
    this.waitMs = Math.min(FIRST_WAIT_MS, this.waitMaxMs);
  }

  /** Rejects with the last attempt's error. */
  async connect(): Promise<ByteStream> {
    const { timeoutMs, retryDelayMs, delayMs } = this.options;
    if (delayMs > 0) await this.pause(delayMs);
    if (this.isAborted) throw new Error('this server leaves it');
    this.giveUpAtMs = this.nowMs + Math.min(Math.max(REFUSED_DELAYS_MAX * retryDelayMs, REFUSALS_MIN_MS), timeoutMs);
    return this.attempts();
  }

  /**
   * What {@link connect} has made was closed without a word: a refusal like any other, by somebody who stands before the leader's
   * port and accepts for it. Rejects, with this reason, when all the time there is has passed.
   */
  async connectAgain(reason: string): Promise<ByteStream> {
    await this.waitAfter(new Error(reason));
    return this.attempts();
  }

  abort(): void {
    this.isAborted = true;
    for (const attempt of this.pending) attempt.abort();
    this.timer?.cancel();
    this.wake?.();
  }

  private get nowMs(): number {
    return this.runtime.clock.monotonicMs();
  }

  private get waitMaxMs(): number {
    return Math.max(this.options.retryDelayMs, 1);
  }

  private async attempts(): Promise<ByteStream> {
    for (;;) {
      try {
        return await this.attempt();
      } catch (error) {
        await this.waitAfter(error);
      }
    }
  }

  /** Rejects with this refusal instead when no other attempt is to be made. */
  private async waitAfter(refusal: unknown): Promise<void> {
    const { waitMs } = this;
    if (this.isAborted || this.nowMs + waitMs > this.giveUpAtMs) throw refusal;
    this.waitMs = Math.min(2 * waitMs, this.waitMaxMs);
    await this.pause(waitMs);
    if (this.isAborted) throw refusal;
  }

  private async attempt(): Promise<ByteStream> {
    const { addresses, tls, timeoutMs } = this.options;
    this.pending = addresses.map((address) =>
      this.runtime.network.connect({ ...address, timeoutMs, ...(tls === null ? {} : { tls }) }),
    );
    const first = Promise.any(
      this.pending.map((attempt, index) => attempt.stream.then((stream) => ({ stream, index }))),
    );
    const { stream, index } = await first.catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    });
    for (const [other, attempt] of this.pending.entries()) if (other !== index) dismiss(attempt);
    return stream;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.isAborted) return resolve();
      this.wake = resolve;
      this.timer = this.runtime.timers.after(ms, resolve);
    });
  }
}

/** Whether or not it has come about already. */
function dismiss(attempt: PendingStream): void {
  attempt.stream.then(
    (stream) => stream.destroy(),
    () => undefined,
  );
  attempt.abort();
}
