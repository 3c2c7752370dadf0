import { onAbort } from '../../client/on-abort.js';
import { openController } from '../../client/open-controller.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Timer } from '../../runtime/timers.js';
import type { Hold } from '../support/hold.js';
import type { HoldSet } from '../support/hold-set.js';
import { ExecutionError } from './execution-error.js';
import { checkDuration } from './redlock-options.js';
import type { TheirLock } from './redlock-options.js';

/** @internal What a lock is made of. */
export interface RedlockParts {
  readonly client: KeeperClient;
  readonly resources: readonly string[];
  readonly durationMs: number;
  /** When the duration began, on the client's clock: theirs counts from before its answer comes. */
  readonly sinceMs: number;
  /** Ours by resource; null when only theirs is held. */
  readonly ours: { readonly set: HoldSet; readonly holdOf: ReadonlyMap<string, Hold> } | null;
  readonly theirs: TheirLock | null;
  /** Ours only tells: its loss is none of the lock, and it is given back first. */
  readonly theirsDecides: boolean;
  readonly onError: (error: unknown) => void;
}

/** However large the threshold is: a third of the duration passes before a lock is extended again. */
const KEEP_PART = 3;

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
  /** It goes on until it is released: `using`. */
  #isKept = false;
  #endTimer: Timer | null = null;
  #keepTimer: Timer | null = null;
  #released: Promise<void> | null = null;

  /** @internal */
  constructor(parts: RedlockParts) {
    const { client, durationMs, sinceMs, resources, ours, theirs, theirsDecides } = parts;
    this.#parts = parts;
    this.#theirs = theirs;
    this.resources = resources;
    this.signal = this.#controller.signal;
    this.#endsMs = sinceMs + durationMs;
    this.expiration = expirationOf(client, this.#endsMs);
    this.#leave =
      ours === null || theirsDecides
        ? () => undefined
        : onAbort(ours.set.signal, (reason) => this.#controller.abort(reason));
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
    const { ours, theirsDecides } = this.#parts;
    if (this.#isOver) this.#expire();
    return !this.signal.aborted && (ours === null || theirsDecides || ours.set.isHeld());
  }

  /**
   * Moves the end to `durationMs` from now, and resolves to this lock. Rejects with an ExecutionError when it is lost or over
   * already, or released meanwhile, and when theirs cannot be extended.
   */
  async extend(durationMs: number): Promise<this> {
    checkDuration(durationMs);
    if (!this.#isExtensible) throw this.#notHeld();
    const { client } = this.#parts;
    const sinceMs = client.monotonicMs();
    try {
      this.#theirs = (await this.#theirs?.extend(durationMs)) ?? null;
    } catch (cause) {
      throw new ExecutionError(`${this.#what}: theirs could not be extended`, cause);
    }
    if (!this.#isExtensible) {
      // It was released meanwhile, or Redis has answered too late; what is extended now, nobody wants.
      await this.#theirs?.release().catch(() => undefined);
      throw this.#notHeld();
    }
    this.#endsMs = sinceMs + durationMs;
    this.expiration = expirationOf(client, this.#endsMs);
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
    this.#isKept = true;
    const waitMs = Math.max(durationMs - thresholdMs, durationMs / KEEP_PART);
    this.#keepTimer = client.runtime.timers.after(waitMs, () => {
      this.extend(durationMs).then(
        () => this.keep(thresholdMs),
        (error: unknown) => {
          if (this.#released !== null) return;
          this.#controller.abort(error);
          this.#parts.onError(error);
        },
      );
    });
  }

  /** Theirs ends when its time is over, whatever we want; ours when we say so. */
  get #isOver(): boolean {
    const hasEnd = !this.#isKept || this.#theirs !== null;
    return hasEnd && this.#parts.client.monotonicMs() >= this.#endsMs;
  }

  get #what(): string {
    return `lock of ${this.resources.join(', ')}`;
  }

  get #isExtensible(): boolean {
    return this.#released === null && this.isHeld();
  }

  #notHeld(): ExecutionError {
    return new ExecutionError(`${this.#what}: it cannot be extended: it is not held any more`);
  }

  #arm(): void {
    this.#endTimer?.cancel();
    const leftMs = Math.max(1, this.#endsMs - this.#parts.client.monotonicMs());
    this.#endTimer = this.#parts.client.runtime.timers.after(leftMs, () => {
      if (this.#isOver) this.#expire();
      else if (!this.#isKept) this.#arm();
    });
  }

  #expire(): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new ExecutionError(`${this.#what}: its time is over: extend it, or use using()`));
    this.release().catch(this.#parts.onError);
  }

  async #release(): Promise<void> {
    const { ours, theirsDecides } = this.#parts;
    const isTheirsAlive = this.#parts.client.monotonicMs() < this.#endsMs;
    this.#endTimer?.cancel();
    this.#keepTimer?.cancel();
    this.expiration = 0;
    const theirs = this.#theirs;
    // Theirs that is over cannot be given back, and says so with an error.
    const giveTheirs = async (): Promise<unknown> => (isTheirsAlive ? theirs?.release() : undefined);
    const giveOurs = async (): Promise<unknown> => ours?.set.release();
    const [first, second] = theirsDecides ? [giveOurs, giveTheirs] : [giveTheirs, giveOurs];
    const ended = await Promise.allSettled([first().finally(second)]);
    this.#leave();
    this.#controller.abort(new ExecutionError(`${this.#what}: it was released`));
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  }
}

function expirationOf({ runtime: { clock } }: KeeperClient, endsMs: number): number {
  return Math.round(clock.wallMs() + endsMs - clock.monotonicMs());
}
