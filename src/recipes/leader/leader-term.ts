import type { WaitOptions } from '../../client/client-options.js';
import { Hold } from '../support/hold.js';

/**
 * One term of leadership: a {@link Hold} that a LeaderLatch or a LeaderSelector gives out. At most one is held at a time
 * over all participants, and each has a larger `token` than the one before.
 *
 * On SUSPENDED it goes on until its deadline (or ends, with `onSuspended: 'abort'`); with the session it is over. The
 * reason of `signal` says which, or that the term was `released` or `interrupted`.
 */
export class LeaderTerm extends Hold {
  /**
   * Gives leadership to the next in line; this participant goes to its end. Resolves when the server has confirmed it, or
   * when the session is over. The same as `release()`.
   */
  resign(options: WaitOptions = {}): Promise<void> {
    return this.release(options);
  }

  /** @internal `signal` aborts; leadership stays here until the term is released. */
  interrupt(): void {
    this.askToStop();
  }
}
