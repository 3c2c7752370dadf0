import type { Client } from '../../../src/client/index.js';
import type { CachedNode, CacheEvent, CuratorCache } from '../../../src/recipes/caches/index.js';
import { childOf } from '../../../src/protocol/paths.js';

/** What a reader knows who only hears the events of a cache. */
export class Mirror {
  readonly nodes = new Map<string, CachedNode>();
  /** In words: `created /a/b`. */
  readonly heard: string[] = [];
  readonly done: Promise<void>;

  constructor(cache: CuratorCache) {
    this.done = this.#follow(cache.events());
  }

  async #follow(events: AsyncIterable<CacheEvent>): Promise<void> {
    for await (const event of events) this.#apply(event);
  }

  #apply(event: CacheEvent): void {
    if (event.type === 'resync') {
      this.heard.push('resync');
      this.nodes.clear();
      for (const [path, node] of event.snapshot) this.nodes.set(path, node);
    } else if (event.type === 'deleted') {
      this.heard.push(`deleted ${event.before.path}`);
      if (!this.nodes.delete(event.before.path)) throw new Error(`${event.before.path} deleted twice`);
    } else if (event.type === 'created' || event.type === 'changed') {
      this.heard.push(`${event.type} ${event.node.path}`);
      const isKnown = this.nodes.has(event.node.path);
      if (isKnown !== (event.type === 'changed'))
        throw new Error(`${event.node.path} ${event.type}, known: ${isKnown}`);
      const isOther = event.type === 'changed' && event.before.stat.czxid !== event.node.stat.czxid;
      if (isOther) throw new Error(`${event.node.path} is another node, and was told as changed`);
      this.nodes.set(event.node.path, event.node);
    } else {
      this.heard.push(event.type);
    }
  }
}

/** Path, data and zxids of nodes, to compare copies by. */
export function contents(nodes: Iterable<[string, CachedNode]>): string[] {
  return [...nodes].map(([, node]) => line(node)).sort();
}

/** The same of what the server has. */
export async function contentsOf(client: Client, path: string, depthMax = Infinity): Promise<string[]> {
  await client.sync(path);
  return (await linesOf(client, path, depthMax)).sort();
}

async function linesOf(client: Client, path: string, depthMax: number): Promise<string[]> {
  const { stat: found } = await client.exists(path);
  if (found === null) return [];
  const { data, stat } = await client.getData(path);
  const own = line({ path, data, stat });
  if (depthMax === 0) return [own];
  const { children } = await client.getChildren(path);
  const below = await Promise.all(children.map((name) => linesOf(client, childOf(path, name), depthMax - 1)));
  return [own, ...below.flat()];
}

function line({ path, data, stat }: CachedNode): string {
  return `${path} ${data?.toString() ?? 'null'} ${stat.czxid} ${stat.mzxid}`;
}
