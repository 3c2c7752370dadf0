import { KeeperError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';

export interface ServerTime {
  readonly ms: number;
  readonly clock: 'server' | 'local';
}

/**
 * What the leader's clock says, by a node that it makes and removes in one transaction: nothing is left of it, whatever reply
 * gets lost. Without the right to do so, or the answer (servers before 3.8.2 do not tell), it is this program's clock.
 */
export async function serverTime(client: KeeperClient, wait: WaitOptions): Promise<ServerTime> {
  const path = `/pinfold-clock-${client.runtime.random.uuid()}`;
  try {
    const [made] = await client.transaction().create(path, null).delete(path).commit(wait);
    if (made?.type === 'create' && made.stat !== null) return { ms: made.stat.ctime, clock: 'server' };
  } catch (error) {
    // Not a reason not to explain: read-only, not permitted, or over a quota.
    if (!(error instanceof KeeperError) || error.retryable) throw error;
  }
  return { ms: client.runtime.clock.wallMs(), clock: 'local' };
}
