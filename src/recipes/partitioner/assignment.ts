import type { WaitOptions } from '../../client/client-options.js';
import type { CheckSpec } from '../../client/operation-types.js';
import type { Grant } from '../support/grant.js';
import { checkOfClaim } from '../support/check-of-claim.js';
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
  readonly #grant: Grant;
  #isReleased = false;

  /** @internal A WorkPartitioner makes them. */
  constructor(grant: Grant, partition: string) {
    super(grant);
    this.partition = partition;
    this.#grant = grant;
  }

  /** Not released yet, though another worker is to have it; and not lost. */
  get isDraining(): boolean {
    const { reason } = this.#grant.signal as { readonly reason: unknown };
    const isRevoked = reason instanceof LockLostError && reason.reason === 'rebalance';
    return isRevoked && !this.#isReleased && this.#grant.standsForUs;
  }

  /**
   * The guard of `transaction()`, for another one of the same client. Can be used while it drains, too. The next worker's claim
   * has the same path: so it is looked again when the transaction is committed whether this one is still held, and `commit`
   * rejects with a LockLostError when it is not.
   */
  override checkOp(): [path: string, spec: CheckSpec] {
    const assertOurs = (): void => {
      if (!this.isDraining) this.assertHeld();
    };
    return checkOfClaim(this, assertOurs);
  }

  /** Gives it back: the next worker may have it. See {@link Hold.release}. */
  override release(options: WaitOptions = {}): Promise<void> {
    this.#isReleased = true;
    return super.release(options);
  }
}
