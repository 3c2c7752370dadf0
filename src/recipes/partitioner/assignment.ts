import type { WaitOptions } from '../../client/client-options.js';
import type { VersionSpec } from '../../client/operation-types.js';
import type { Grant } from '../support/grant.js';
import { Hold } from '../support/hold.js';
import { LockLostError } from '../support/lock-lost-error.js';

/**
 * A partition that this worker has, from its claim until it is released or lost; see {@link Hold}.
 *
 * When another worker is to have it, `signal` aborts with reason `rebalance`: finish what cannot be left, and release. The
 * other one gets nothing before that (or before `drainMs` are over), so until then `transaction()` goes on guarding writes.
 */
export class Assignment extends Hold {
  readonly partition: string;
  readonly #signal: AbortSignal;
  #isReleased = false;

  /** @internal A WorkPartitioner makes them. */
  constructor(grant: Grant, partition: string) {
    super(grant);
    this.partition = partition;
    this.#signal = grant.signal;
  }

  /** Not released yet, though another worker is to have it; and not lost. */
  get isDraining(): boolean {
    const { reason } = this.#signal as { readonly reason: unknown };
    return !this.#isReleased && reason instanceof LockLostError && reason.reason === 'rebalance';
  }

  /** The guard of `transaction()`, for one made elsewhere. Can be used while it drains, too. */
  override checkOp(): [path: string, spec: VersionSpec] {
    return this.isDraining ? [this.path, {}] : super.checkOp();
  }

  /** Gives it back: the next worker may have it. See {@link Hold.release}. */
  override release(options: WaitOptions = {}): Promise<void> {
    this.#isReleased = true;
    return super.release(options);
  }
}
