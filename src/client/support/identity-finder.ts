import { ClosedError, NoNodeError } from '../errors.js';
import type { WaitOptions } from '../client-options.js';
import type { KeeperClient } from '../keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { Backoff } from './backoff.js';
import { protectedIdOf } from './protected-name.js';
import { isRetryable } from './retry.js';
import { warnOnce } from './warn-once.js';

/**
 * Paths of the nodes below `parent` that carry the identity `id`. The sync makes sure that a server we have moved to
 * knows a create that an earlier one had passed on; both requests travel together.
 */
export async function findByIdentity(
  client: KeeperClient,
  { parent, id }: { readonly parent: string; readonly id: string },
  wait: WaitOptions = {},
): Promise<string[]> {
  const [, listed] = await Promise.all([
    client.sync(parent, wait),
    client.getChildren(parent, wait).catch((error: unknown) => {
      if (error instanceof NoNodeError) return null;
      throw error;
    }),
  ]);
  const names = listed?.children ?? [];
  return names.filter((name) => protectedIdOf(name) === id).map((name) => childOf(parent, name));
}

/**
 * Removes whatever a create that nobody waits for any more may have made, or may still make. Asks until it is answered,
 * for as long as the client lives: one forgotten node would block everybody behind it until the session ends. Never
 * rejects.
 */
export async function removeByIdentity(
  client: KeeperClient,
  place: { readonly parent: string; readonly id: string },
): Promise<void> {
  const backoff = new Backoff(client);
  for (;;) {
    try {
      const found = await findByIdentity(client, place);
      await Promise.all(found.map((path) => client.guaranteedDelete(path)));
      return;
    } catch (error) {
      // Closing the client ends the session, and with it every node there was to find.
      if (error instanceof ClosedError) return;
      if (!isRetryable(error)) {
        const why = error instanceof Error ? error.message : String(error);
        warnOnce(
          'PINFOLD_ORPHAN',
          place.parent,
          `cannot look for an abandoned node below ${place.parent}, it may stay until the session ends: ${why}`,
        );
        return;
      }
      await backoff.wait();
    }
  }
}
