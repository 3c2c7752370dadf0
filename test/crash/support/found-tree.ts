import { crc32 } from 'node:zlib';
import type { KeeperClient, Stat } from '../../../src/client/index.js';
import { NoNodeError } from '../../../src/client/index.js';

/** A node as a client reads it. */
export interface FoundNode {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Every node, by path. The caller sees to it that nothing changes meanwhile, or reads again. */
export async function readTree(client: KeeperClient): Promise<Map<string, FoundNode>> {
  const found = new Map<string, FoundNode>();
  let level = ['/'];
  while (level.length > 0) {
    const below = await Promise.all(level.map((path) => readNode(client, path, found)));
    // What lies below is outside the digest, and the server's own.
    level = below.flat().filter((path) => !path.startsWith('/zookeeper/'));
  }
  return found;
}

/** Its children's paths; none when it has gone. */
async function readNode(client: KeeperClient, path: string, found: Map<string, FoundNode>): Promise<string[]> {
  try {
    const [{ data, stat }, { children }] = await Promise.all([client.getData(path), client.getChildren(path)]);
    found.set(path, { data, stat });
    return children.map((name) => (path === '/' ? `/${name}` : `${path}/${name}`));
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

/** What a server stores: it counts creations only, and shows twice that less the children that are left. */
export function creationsOf({ cversion, numChildren }: Stat): number {
  return (cversion + numChildren) / 2;
}

/**
 * The tree's digest (storage-format 4.2) worked out from what a client sees and from nothing of the server's code.
 * `ownerOf` knows what clients are not shown: the special owners of containers and TTL nodes.
 */
export function digestOf(
  tree: ReadonlyMap<string, FoundNode>,
  ownerOf: (path: string, shown: bigint) => bigint,
): bigint {
  let sum = 0n;
  for (const [path, { data, stat }] of tree) {
    const fields = Buffer.alloc(60);
    const longs = [stat.czxid, stat.mzxid, stat.pzxid, stat.ctime, stat.mtime];
    longs.forEach((value, index) => fields.writeBigInt64BE(BigInt(value), index * 8));
    const ints = [stat.version, creationsOf(stat), stat.aversion];
    ints.forEach((value, index) => fields.writeInt32BE(value, 40 + index * 4));
    fields.writeBigUInt64BE(BigInt.asUintN(64, ownerOf(path, stat.ephemeralOwner)), 52);
    const hashed = [Buffer.from(path === '/' ? '' : path), data ?? Buffer.alloc(0), fields];
    sum += BigInt(crc32(Buffer.concat(hashed)));
  }
  return BigInt.asUintN(64, sum);
}
