import type { Client } from '../../client/client.js';
import { NoNodeError } from '../../client/errors.js';
import type { FinalNode, FinalState } from './history.js';
import { simStat } from './wire-tap.js';

const SYSTEM_PATH = '/zookeeper';

/** What the reader needs to know of the server. */
export interface ReadServer {
  readonly lastZxid: number;
  readonly sessionIds: readonly bigint[];
}

/** Reads the whole tree, anew until nothing has changed meanwhile: sessions still end, and containers go. */
export async function readFinalState(client: Client, server: ReadServer): Promise<FinalState> {
  await client.connected();
  for (;;) {
    const { lastZxid } = server;
    const nodes = new Map<string, FinalNode>();
    await read(client, '/', nodes);
    if (server.lastZxid === lastZxid) return { nodes, liveSessions: new Set(server.sessionIds) };
  }
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
