import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { ClientEvents } from '../../client/client-events.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import { onAbort } from '../../client/on-abort.js';
import { retry } from './retry.js';
import type { WaitBudget } from './wait-budget.js';

/**
 * Sleeps until `path` may have changed: its watch fired, the connection came back or the session changed, or the budget
 * is spent. Says nothing about what happened: whoever wakes looks again and decides anew. Leaves no watch behind.
 */
export async function waitForChange(client: KeeperClient, budget: WaitBudget, path: string): Promise<void> {
  let wake = (): void => undefined;
  // Before the read is sent: what happens while it travels must not be missed.
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stateChanged = ({ to }: ClientEvents['stateChanged'][0]): void => {
    if (to !== 'suspended') wake();
  };
  client.on('stateChanged', stateChanged);
  const leave = onAbort(budget.signal, wake);
  try {
    // getData and not exists: on a node that is gone it leaves no watch.
    const watch = await watched(client, budget, path);
    if (watch === null) return;
    await Promise.race([watch.fired, woken]);
    await watch.close();
  } finally {
    client.off('stateChanged', stateChanged);
    leave();
  }
}

async function watched(client: KeeperClient, budget: WaitBudget, path: string): Promise<WatchHandle | null> {
  try {
    return (await retry(client, budget, (wait) => client.getData(path, { watch: true, ...wait }))).watch;
  } catch (error) {
    if (error instanceof NoNodeError) return null;
    throw error;
  }
}
