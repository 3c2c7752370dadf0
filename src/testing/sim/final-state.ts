import type { Client } from '../../client/client.js';
import { KeeperError, NoNodeError } from '../../client/errors.js';
import type { FinalNode, FinalState } from './history.js';
import { simStat } from './wire-tap.js';

const SYSTEM_PATH = '/zookeeper';

/** What a reader needs to know of a server. */
export interface ReadServer {
  readonly lastZxid: number;
  readonly sessionIds: readonly bigint[];
}

/** Somebody who is connected to this server and to no other. */
export interface FinalReader {
  readonly client: Client;
  readonly server: ReadServer;
}

/**
 * Reads the whole tree of each server, anew until all have got equally far and nothing has changed meanwhile: sessions still
 * end, and containers go.
 */
export async function readFinalStates(readers: readonly FinalReader[]): Promise<FinalState[]> {
  for (;;) {
    for (const { client } of readers) await client.connected();
    const before = positionsOf(readers);
    const states = await readOnce(readers);
    const after = positionsOf(readers);
    if (states !== null && after.every((zxid, at) => zxid === before[at] && zxid === after[0])) return states;
  }
}

/** Null: a connection was lost meanwhile, since somebody else leads now. */
async function readOnce(readers: readonly FinalReader[]): Promise<FinalState[] | null> {
  const states: FinalState[] = [];
  try {
    for (const { client, server } of readers) {
      await client.sync('/');
      const nodes = new Map<string, FinalNode>();
      await read(client, '/', nodes);
      const config = (await client.getConfig()).data?.toString('utf8') ?? null;
      states.push({ nodes, liveSessions: new Set(server.sessionIds), config });
    }
  } catch (error) {
    if (error instanceof KeeperError && error.retryable) return null;
    throw error;
  }
  return states;
}

function positionsOf(readers: readonly FinalReader[]): number[] {
  return readers.map(({ server }) => server.lastZxid);
}

async function read(client: Client, path: string, nodes: Map<string, FinalNode>): Promise<void> {
  try {
    const { data, stat } = await client.getData(path);
    if (path !== '/') nodes.set(path, { data: data === null ? null : data.toString('utf8'), stat: simStat(stat) });
    const { children } = await client.getChildren(path);
    const below = children.sort().map((name) => (path === '/' ? `/${name}` : `${path}/${name}`));
    for (const child of below) if (child !== SYSTEM_PATH) await read(client, child, nodes);
  } catch (error) {
    // A container, or an ephemeral of a session that has just ended.
    if (!(error instanceof NoNodeError)) throw error;
    nodes.delete(path);
  }
}
