import type { Client } from '../../../src/client/index.js';
import { ClosedError, KeeperError, NodeExistsError, NoNodeError } from '../../../src/client/index.js';
import type { TrialClient, TrialWorld } from './trial.js';

const PAUSE_MS = 200;
/** Whatever is to come about has done so long before. */
const PATIENCE_MS = 90_000;
const LOOK_MS = 300;

/** What a user does who does not take an error of the client for an answer. Null when this is one that may be. */
export async function attempt<T>(world: TrialWorld, call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    // Of a client that is closed there is no other answer to come.
    if (!(error instanceof KeeperError) || error instanceof ClosedError) throw error;
    world.count(`error ${error.code}`);
    return null;
  }
}

/** Makes a node that is to stay, and its parents. */
export async function insistOn(world: TrialWorld, user: TrialClient, path: string, data = ''): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  for (;;) {
    try {
      await user.client.create(path, data);
      return;
    } catch (error) {
      if (error instanceof NodeExistsError) return;
      if (!(error instanceof KeeperError)) throw error;
      if (error instanceof NoNodeError) await insistOn(world, user, parent);
      else await world.sleep(PAUSE_MS, user);
    }
  }
}

interface ToCome {
  readonly what: string;
  readonly isSo: () => Promise<boolean>;
  /** How it is instead. */
  readonly instead?: () => string;
}

/** Waits, when everything is well again, until it is so; what is missing after a long time is a violation. */
export async function comesAbout(world: TrialWorld, user: TrialClient, toCome: ToCome): Promise<void> {
  const { what, isSo, instead = () => '' } = toCome;
  const endMs = user.client.monotonicMs() + PATIENCE_MS;
  while ((await attempt(world, isSo)) !== true) {
    if (user.client.monotonicMs() > endMs) {
      const session = user.client.sessionId.toString(16);
      world.violated(`${session} of ${user.name}: it has not come about that ${what} ${instead()}`.trimEnd());
      return;
    }
    await world.sleep(LOOK_MS, user);
  }
}

/** Whether the client still has the session that it has now: what an earlier one has left goes when the servers let it. */
export function sameSession({ client }: TrialClient): () => boolean {
  const { session } = client;
  return () => client.session === session && !session.signal.aborted;
}

/** Whether a node that its user has closed is there though nothing excuses it: what an ended session owns goes when the servers let it. */
export async function isLeft({ client }: TrialClient, path: string): Promise<boolean> {
  await client.sync(path);
  const { stat } = await client.exists(path);
  if (stat === null) return false;
  const isEphemeral = stat.ephemeralOwner > 0n;
  return !isEphemeral || (stat.ephemeralOwner === client.sessionId && !client.session.signal.aborted);
}

/** Names below a path, as fresh as can be; none when it is not there. */
export async function namesBelow(client: Client, path: string): Promise<string[]> {
  await client.sync(path);
  try {
    return (await client.getChildren(path)).children.sort();
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

/** For judges: nothing may be left below the path. */
export async function isEmptyBelow(world: TrialWorld, fresh: Client, path: string): Promise<void> {
  const names = await namesBelow(fresh, path);
  if (names.length > 0) world.violated(`nodes are left below ${path}: ${names.join(', ')}`);
}
