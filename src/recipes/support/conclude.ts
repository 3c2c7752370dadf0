import { isRetryable } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/**
 * Settles as a write does, whatever becomes of the budget: a time-out in the middle of a write is no "nothing happened", so
 * the write itself must say how it ended. When it ended for want of patience before anything was written, it rejects with
 * what has spent the budget. Ends the budget.
 */
export async function conclude<T>(budget: WaitBudget, write: () => Promise<T>): Promise<T> {
  const work = async (): Promise<T> => {
    if (!budget.commit()) budget.throwIfSpent();
    try {
      return await write();
    } catch (error) {
      if (isRetryable(error)) budget.throwIfSpent();
      throw error;
    }
  };
  return budget.settle(work());
}
