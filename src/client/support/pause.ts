import type { KeeperClient } from '../keeper-client.js';
import { onAbort } from '../on-abort.js';

/** Resolves after `ms` on the client's clock, or as soon as the signal aborts. */
export function pause(client: KeeperClient, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let leave = (): void => undefined;
    const timer = client.runtime.timers.after(ms, () => {
      leave();
      resolve();
    });
    if (signal === undefined) return;
    leave = onAbort(signal, () => {
      timer.cancel();
      resolve();
    });
  });
}
