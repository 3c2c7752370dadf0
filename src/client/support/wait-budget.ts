import { waitFault } from '../bounded-wait.js';
import { BadArgumentsError, TimeoutError } from '../errors.js';
import type { WaitOptions } from '../client-options.js';
import type { KeeperClient } from '../keeper-client.js';
import { onAbort } from '../on-abort.js';
import type { Timer } from '../../runtime/timers.js';

/** How long an abandoned wait may take to tidy up, with the connection standing, before its caller hears of it. */
const TIDY_UP_MAX_MS = 1000;

/**
 * The patience of one whole operation: spent when the caller's signal aborts or `timeoutMs` have passed since the
 * start, whichever comes first. Every step of the operation draws on the same budget.
 */
export class WaitBudget {
  readonly #client: KeeperClient;
  readonly #what: string;
  /** Made when it is needed: a release that nothing limits needs none. */
  #controller: AbortController | null = null;
  readonly #timeoutMs: number;
  readonly #deadlineMs: number;
  readonly #timer: Timer | null;
  readonly #leave: () => void;
  /** Neither a signal nor a timeout was given. */
  readonly #isEndless: boolean;
  #committed = false;
  #progress: (() => string) | null = null;

  /** `what` names the operation in a TimeoutError: `acquire /locks/a`. */
  constructor(client: KeeperClient, options: WaitOptions, what: string) {
    const { signal, timeoutMs = Infinity } = options;
    const fault = waitFault(options);
    if (fault !== null) throw new BadArgumentsError({ message: `${what}: ${fault}` });
    this.#client = client;
    this.#what = what;
    this.#timeoutMs = timeoutMs;
    this.#deadlineMs = client.monotonicMs() + timeoutMs;
    this.#timer = timeoutMs === Infinity ? null : client.runtime.timers.after(timeoutMs, () => this.#expire());
    this.#leave = signal === undefined ? () => undefined : onAbort(signal, () => this.#ends.abort(signal.reason));
    this.#isEndless = signal === undefined && timeoutMs === Infinity;
  }

  /** Aborts when the budget is spent; its reason is what the caller's promise rejects with. */
  get signal(): AbortSignal {
    return this.#ends.signal;
  }

  get #ends(): AbortController {
    return (this.#controller ??= new AbortController());
  }

  /** Compares the clock too: after a stall of the event loop the timer is late. */
  get isSpent(): boolean {
    if (this.#isEndless) return false;
    if (!this.signal.aborted && this.#client.monotonicMs() >= this.#deadlineMs) this.#expire();
    return this.signal.aborted;
  }

  throwIfSpent(): void {
    if (this.isSpent) this.signal.throwIfAborted();
  }

  /** Tells a TimeoutError how far the operation had come. */
  noteProgress(describe: () => string): void {
    this.#progress = describe;
  }

  /**
   * The point of no return: true when the operation has succeeded in time, and then {@link settle} resolves whatever
   * happens next. False when it came too late and must undo itself.
   */
  commit(): boolean {
    if (this.isSpent) return false;
    this.#committed = true;
    return true;
  }

  /**
   * Settles as `work` does. Once the budget is spent `work` is expected to tidy up and reject; the caller waits for that
   * a second at most, and not at all while there is no connection to tidy up with. Tidying then goes on unseen. To be
   * called once: it ends the budget.
   */
  async settle<T>(work: Promise<T>, tidyUpMaxMs = TIDY_UP_MAX_MS): Promise<T> {
    if (this.#isEndless) return work;
    let grace: Timer | null = null;
    let leave = (): void => undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const giveUp = (): void => {
          // The reason is the caller's own and need not be an Error; it is passed on as it is.
          if (!this.#committed) reject(this.signal.reason as Error);
        };
        work.then(resolve, reject);
        leave = onAbort(this.signal, () => {
          const canTidyUp = tidyUpMaxMs > 0 && this.#client.state === 'connected';
          if (canTidyUp) grace = this.#client.runtime.timers.after(tidyUpMaxMs, giveUp);
          else giveUp();
        });
      });
    } finally {
      leave();
      (grace as Timer | null)?.cancel();
      this.#timer?.cancel();
      this.#leave();
    }
  }

  #expire(): void {
    const progress = this.#progress === null ? '' : `, ${this.#progress()}`;
    this.#ends.abort(
      new TimeoutError({ message: `${this.#what}: timed out after ${this.#timeoutMs} ms${progress}`, op: this.#what }),
    );
  }
}
