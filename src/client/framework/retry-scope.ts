import pRetry from 'p-retry';
import type { WaitOptions } from '../client-options.js';
import { KeeperError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import { pause } from '../support/pause.js';
import { WaitBudget } from '../support/wait-budget.js';
import type { RetryPolicy } from './retry-policy.js';

/** A write that ended unknown has turned out to be done, with this result. */
export interface Done<T> {
  readonly value: T;
}

/**
 * Finds out what became of a write whose answer was lost: it was done; null, it certainly was not and may be sent again;
 * or nobody can know, and then it rejects. When it rejects with an error that is retryable, it is asked again.
 */
export type Inquiry<T> = (lost: KeeperError) => Promise<Done<T> | null>;

export interface RetryScopeOptions extends WaitOptions {
  /** Names the operation in errors. */
  readonly what: string;
  /** The scope that this one lies in: what it has retried counts here, and its end is the end of this one. */
  readonly within?: RetryScope | undefined;
}

/** Retries of one operation and all that are nested in it. */
interface Tally {
  readonly startMs: number;
  retries: number;
}

/**
 * One operation with its patience: a budget of time and a policy of retries, drawn on by every step of it, so that
 * policies of nested calls do not multiply. Sleeps on the client's clock.
 */
export class RetryScope {
  readonly budget: WaitBudget;
  readonly #client: KeeperClient;
  readonly #policy: RetryPolicy;
  readonly #tally: Tally;

  constructor(client: KeeperClient, policy: RetryPolicy, { what, within, signal, timeoutMs }: RetryScopeOptions) {
    const outer = within?.budget.signal;
    const signals = [signal, outer].filter((each) => each !== undefined);
    const either = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    this.#client = client;
    this.#policy = policy;
    this.#tally = within === undefined ? { startMs: client.monotonicMs(), retries: 0 } : within.#tally;
    this.budget = new WaitBudget(client, { signal: either, timeoutMs }, what);
  }

  /** Ends the scope as its work ends. To be called once. */
  settle<T>(work: Promise<T>): Promise<T> {
    return this.budget.settle(work);
  }

  /**
   * Makes a call until it is answered or the policy has had enough. A write whose answer was lost is asked after with
   * `inquire` and never sent again blindly; without it, the call must be one that may be repeated.
   */
  async run<T>(call: (wait: WaitOptions) => Promise<T>, inquire?: Inquiry<T>): Promise<T> {
    const { budget } = this;
    let lost: KeeperError | null = null;
    let tries = 0;
    const attempt = async (): Promise<T> => {
      budget.throwIfSpent();
      if (lost !== null && inquire !== undefined) {
        const done = await inquire(lost);
        if (done !== null) return done.value;
        lost = null;
      }
      tries += 1;
      try {
        return await call({ signal: budget.signal });
      } catch (error) {
        if (error instanceof KeeperError && error.ambiguous) lost = error;
        throw error;
      }
    };
    try {
      // Its own timers would run beside virtual time: with no wait of its own it sets none.
      return await pRetry(attempt, {
        retries: Infinity,
        minTimeout: 0,
        shouldRetry: ({ error }) => this.#mayRetry(error),
      });
    } catch (error) {
      budget.throwIfSpent();
      if (error instanceof KeeperError) error.attempts = Math.max(1, tries);
      throw error;
    }
  }

  async #mayRetry(error: unknown): Promise<boolean> {
    if (!(error instanceof KeeperError) || !error.retryable || this.budget.isSpent) return false;
    const { random } = this.#client.runtime;
    const elapsedMs = this.#client.monotonicMs() - this.#tally.startMs;
    const delayMs = this.#policy.delayMs({ retryCount: this.#tally.retries, elapsedMs, error, random });
    if (delayMs === null) return false;
    this.#tally.retries += 1;
    const { retries } = this.#tally;
    this.budget.noteProgress(() => `after ${retries} retries, the last error was: ${error.message}`);
    await pause(this.#client, delayMs, this.budget.signal);
    return true;
  }
}
