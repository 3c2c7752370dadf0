import { KeeperError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import { Backoff } from './backoff.js';
import type { WaitBudget } from './wait-budget.js';

/** Whether the same call may succeed when made again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof KeeperError && error.retryable;
}

/** Makes a call that may be repeated (a read, a write that changes nothing the second time) until it is answered. */
export async function retry<T>(
  client: KeeperClient,
  budget: WaitBudget,
  call: (wait: { readonly signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const backoff = new Backoff(client);
  for (;;) {
    budget.throwIfSpent();
    try {
      return await call({ signal: budget.signal });
    } catch (error) {
      if (budget.isSpent || !isRetryable(error)) throw error;
      await backoff.wait(budget.signal);
    }
  }
}
