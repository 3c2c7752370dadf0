import type { Acl } from '../../../../src/protocol/acl.js';
import type { Recovered } from '../../../../src/server/storage/recovered.js';
import type { DataTree } from '../../../../src/server/tree/data-tree.js';
import type { Znode } from '../../../../src/server/tree/znode.js';

/** A node as the recordings write it down. */
export interface NodeText {
  readonly path: string;
  readonly data: string | null;
  readonly stat: Readonly<Record<string, string | number>>;
  readonly acl: readonly Acl[];
  readonly children: readonly string[];
}

/** The data of a server as the recordings write them down. */
export interface TreeText {
  readonly nodeCount: number;
  /** Null where the recording server did not say. */
  readonly treeDigest: string | null;
  readonly sessions: readonly string[];
  readonly ephemerals: Readonly<Record<string, readonly string[]>>;
  readonly tree: readonly NodeText[];
}

export function treeText({ tree, sessions }: Pick<Recovered, 'tree' | 'sessions'>): TreeText {
  return {
    nodeCount: tree.nodeCount,
    treeDigest: hex(tree.digest),
    sessions: [...sessions.keys()].map(hex).sort(),
    ephemerals: Object.fromEntries(
      [...tree.ephemeralOwners()].map(([session, paths]) => [hex(session), [...paths].sort()]),
    ),
    tree: nodesText(tree),
  };
}

/** In the order that a walk from the root finds them, children sorted. */
function nodesText(tree: DataTree): NodeText[] {
  const found: NodeText[] = [];
  const visit = (path: string): void => {
    const node = tree.find(path);
    if (node === undefined) throw new Error(`${path} is listed by its parent, but is not there`);
    const children = [...node.children].sort();
    found.push({
      path,
      data: node.data?.toString('hex') ?? null,
      stat: statText(node),
      acl: node.acl.entries,
      children,
    });
    for (const child of children) visit(path === '/' ? `/${child}` : `${path}/${child}`);
  };
  visit('/');
  return found;
}

function statText(node: Znode): NodeText['stat'] {
  return {
    czxid: hex(node.czxid),
    mzxid: hex(node.mzxid),
    ctime: String(node.ctime),
    mtime: String(node.mtime),
    version: node.version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: hex(node.ephemeralOwner),
    dataLength: node.dataLength,
    numChildren: node.numChildren,
    pzxid: hex(node.pzxid),
  };
}

function hex(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}
