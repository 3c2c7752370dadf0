import type { ByteStream, PendingStream, Runtime, Timer, TlsClientOptions } from '../../runtime/index.js';

export interface LeaderDialOptions {
  /** Where the leader may be: names are looked up at every attempt. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly tls: TlsClientOptions | null;
  /** For all attempts together. */
  readonly timeoutMs: number;
}

/** A leader opens its port a little later than it is elected: the first attempts come soon after each other. */
const FIRST_WAIT_MS = 5;
const WAIT_MAX_MS = 100;
/** A process that refuses for so long is not going to lead. */
const REFUSALS_MAX_MS = 1000;

/** Connects to the quorum port of the leader, by whichever of its addresses answers first. */
export class LeaderDial {
  private readonly options: LeaderDialOptions;
  private readonly runtime: Runtime;
  private pending: PendingStream[] = [];
  private timer: Timer | null = null;
  private wake: (() => void) | null = null;
  private isAborted = false;

  constructor(options: LeaderDialOptions, runtime: Runtime) {
    this.options = options;
    this.runtime = runtime;
  }

  /** Rejects with the last attempt's error. */
  async connect(): Promise<ByteStream> {
    const startMs = this.nowMs;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, WAIT_MAX_MS)) {
      try {
        return await this.attempt();
      } catch (error) {
        const spentMs = this.nowMs - startMs;
        if (this.isAborted || spentMs + waitMs > Math.min(REFUSALS_MAX_MS, this.options.timeoutMs)) throw error;
        await this.pause(waitMs);
        if (this.isAborted) throw error;
      }
    }
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
