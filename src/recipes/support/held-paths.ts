import type { KeeperClient } from '../../client/keeper-client.js';
import type { Session } from '../../client/session.js';

const heldBySession = new WeakMap<Session, Set<string>>();

/** Remembers what a session holds, so that a wait behind oneself can say so. Returns how to forget it. */
export function rememberHeld(session: Session, path: string): () => void {
  const held = heldBySession.get(session) ?? new Set();
  heldBySession.set(session, held.add(path));
  return () => void held.delete(path);
}

export function isHeldHere(client: KeeperClient, path: string): boolean {
  return heldBySession.get(client.session)?.has(path) === true;
}
