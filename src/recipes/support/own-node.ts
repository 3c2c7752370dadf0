import type { KeeperClient } from '../../client/keeper-client.js';
import type { CleanupOutcome } from '../../client/operation-types.js';
import type { Session } from '../../client/session.js';
import type { Stat } from '../../protocol/stat.js';
import { nameOf } from '../../protocol/paths.js';
import type { Zxid } from '../../protocol/zxid.js';

/** An ephemeral node that this client made in the session it has now. */
export interface OwnNode {
  readonly path: string;
  readonly name: string;
  /** Zxid of the creation: unlike the sequence suffix it grows over the whole ensemble and for ever. */
  readonly czxid: Zxid;
  readonly session: Session;
}

/** The node as ours, or null when another session owns it: then it is gone or soon will be, and must not be counted on. */
export function ownNode(client: KeeperClient, path: string, stat: Stat): OwnNode | null {
  const { session } = client;
  if (stat.ephemeralOwner !== session.id || session.signal.aborted) return null;
  return { path, name: nameOf(path), czxid: stat.czxid, session };
}

/** Whether the session that made the node is still the client's, as far as the client knows. */
export function isOfThisSession(client: KeeperClient, node: OwnNode): boolean {
  return !node.session.signal.aborted && client.sessionId === node.session.id;
}

/** Deletes the node for certain. Resolves when it is gone, or its session is. */
export function removeOwnNode(client: KeeperClient, node: OwnNode): Promise<CleanupOutcome> {
  return client.guaranteedDelete(node.path, { sessionId: node.session.id });
}
