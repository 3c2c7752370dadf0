import { openController } from '../../client/open-controller.js';
import { onAbort } from '../../client/on-abort.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Timer } from '../../runtime/timers.js';
import type { Hold } from '../support/hold.js';
import type { HoldSet } from '../support/hold-set.js';
import { ExecutionError } from './execution-error.js';
import type { TheirLock } from './redlock-options.js';

/** @internal What a lock is made of. */
export interface RedlockParts {
  readonly client: KeeperClient;
  readonly resources: readonly string[];
  readonly durationMs: number;
  /** Ours by resource; null when only theirs is held. */
  readonly ours: { readonly set: HoldSet; readonly holdOf: ReadonlyMap<string, Hold> } | null;
  readonly theirs: TheirLock | null;
  /** Theirs decides: ours is given back before it. */
  readonly oursFirst: boolean;
  readonly onError: (error: unknown) => void;
}

/**
 * What redlock's `acquire` resolves to. `duration` is a ceiling here: the lock ends then unless it was extended, but it is the
 * session that keeps it alive until then, and a client that is gone loses it when its session ends.
 */
export class RedlockLock implements AsyncDisposable {
  readonly resources: readonly string[];
  /** Aborts when the lock is lost, expired or released. */
  readonly signal: AbortSignal;
  /** Epoch ms by this machine's clock. 0 when it was released. */
  expiration: number;
  readonly #parts: RedlockParts;
  readonly #controller = openController();
  readonly #leave: () => void;
  #theirs: TheirLock | null;
  #endsMs: number;
  #timer: Timer | null = null;
  #released: Promise<void> | null = null;

  /** @internal */
  constructor(parts: RedlockParts) {
    const { client, durationMs, resources, ours, theirs } = parts;
    this.#parts = parts;
    this.#theirs = theirs;
    this.resources = resources;
    this.signal = this.#controller.signal;
    this.#endsMs = client.monotonicMs() + durationMs;
    this.expiration = client.runtime.clock.wallMs() + durationMs;
    this.#leave =
      ours === null ? () => undefined : onAbort(ours.set.signal, (reason) => this.#controller.abort(reason));
    this.#arm();
  }

  /** Fencing token: of the one resource, or the largest. Null in the mode `redis` when only theirs is held. */
  get token(): number | null {
    return this.#parts.ours?.set.token ?? null;
  }

  /** Fencing token of one resource of several. */
  tokenOf(resource: string): number | null {
    return this.#parts.ours?.holdOf.get(resource)?.token ?? null;
  }

  /** True while nobody else can hold it, as far as anybody can know: looks at the clock when called. */
  isHeld(): boolean {
    const { ours, client } = this.#parts;
    if (!this.signal.aborted && client.monotonicMs() >= this.#endsMs) this.#expire();
    return !this.signal.aborted && (ours === null || ours.set.isHeld());
  }

  /**
   * Moves the end to `durationMs` from now, and resolves to this lock. Rejects with an ExecutionError when it is lost or over
   * already, and when theirs cannot be extended.
   */
  async extend(durationMs: number): Promise<this> {
    if (!this.isHeld()) throw new ExecutionError(`${this.#what}: it cannot be extended: it is not held any more`);
    try {
      this.#theirs = (await this.#theirs?.extend(durationMs)) ?? null;
    } catch (cause) {
      throw new ExecutionError(`${this.#what}: theirs could not be extended`, cause);
    }
    const { client } = this.#parts;
    this.#endsMs = client.monotonicMs() + durationMs;
    this.expiration = client.runtime.clock.wallMs() + durationMs;
    this.#arm();
    return this;
  }

  /** Gives it back. Resolves when it is done; at once when it was lost or over. Calling it again does nothing more. */
  async release(): Promise<void> {
    this.#released ??= this.#release();
    await this.#released;
  }

  /** `release()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** @internal Goes on by itself until it is released; what must be extended, is, `thresholdMs` before its end. */
  keep(thresholdMs: number): void {
    const { client, durationMs } = this.#parts;
    this.#timer?.cancel();
    const waitMs = Math.max(1, durationMs - thresholdMs);
    this.#timer = client.runtime.timers.after(waitMs, () => {
      this.extend(durationMs).then(
        () => {
          if (this.#released === null) this.keep(thresholdMs);
        },
        (error: unknown) => {
          this.#controller.abort(error);
          this.#parts.onError(error);
        },
      );
    });
  }

  get #what(): string {
    return `lock of ${this.resources.join(', ')}`;
  }

  #arm(): void {
    this.#timer?.cancel();
    const leftMs = Math.max(1, this.#endsMs - this.#parts.client.monotonicMs());
    this.#timer = this.#parts.client.runtime.timers.after(leftMs, () => this.#expire());
  }

  #expire(): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new ExecutionError(`${this.#what}: its time is over: extend it, or use using()`));
    this.release().catch(this.#parts.onError);
  }

  async #release(): Promise<void> {
    const { ours, oursFirst } = this.#parts;
    const isTheirsAlive = this.#parts.client.monotonicMs() < this.#endsMs;
    this.#timer?.cancel();
    this.expiration = 0;
    const theirs = this.#theirs;
    // Theirs that is over cannot be given back, and says so with an error.
    const giveTheirs = async (): Promise<unknown> => (isTheirsAlive ? theirs?.release() : undefined);
    const giveOurs = async (): Promise<unknown> => ours?.set.release();
    const [first, second] = oursFirst ? [giveOurs, giveTheirs] : [giveTheirs, giveOurs];
    const ended = await Promise.allSettled([first().finally(second)]);
    this.#leave();
    this.#controller.abort(new ExecutionError(`${this.#what}: it was released`));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }
}
