import { BadArgumentsError } from '../../client/errors.js';
import type { CheckSpec } from '../../client/operation-types.js';

/**
 * The guard of transactions for a claim, whose node has an agreed name. That the node exists does not tell whose it is: after
 * a session was lost, or the claim given up, it may be the next one's. So it is asked when the transaction is committed, too:
 * the request goes out in the claim's own session then, or never, and what this client does to the claim afterwards comes later.
 * `assertOurs` throws unless the claim can be relied on.
 */
export function checkOfClaim(
  { path, sessionId }: { readonly path: string; readonly sessionId: bigint },
  assertOurs: () => void,
): [path: string, spec: CheckSpec] {
  assertOurs();
  const guard = (committing: bigint): void => {
    assertOurs();
    if (committing === sessionId) return;
    throw new BadArgumentsError({ message: `only the client that holds ${path} can guard a transaction by it`, path });
  };
  return [path, { guard }];
}
