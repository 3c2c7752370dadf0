import { JuteReader } from '../../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import type { Zxid } from '../../../../src/protocol/zxid.js';
import { ChangeRecord } from '../../../../src/server/tree/change-record.js';
import type { DataTree } from '../../../../src/server/tree/data-tree.js';
import type { SnapshotNode } from '../../../../src/server/tree/tree-loader.js';
import { TreeLoader } from '../../../../src/server/tree/tree-loader.js';
import type { TreeSnapshot } from '../../../../src/server/tree/tree-snapshot.js';
import type { Znode } from '../../../../src/server/tree/znode.js';
import { contentCrc, nodeDigest, pathCrc } from '../../../../src/server/tree/node-digest.js';

/** Everything a node is, for comparing trees. */
export type NodeImage = Record<string, unknown>;

export function imageOf(node: Znode): NodeImage {
  return {
    path: node.path,
    data: node.data === null ? null : node.data.toString('hex'),
    acl: node.acl.entries.map(({ perms, id }) => `${perms} ${id.scheme} ${id.id}`),
    kind: node.kind,
    owner: node.owner,
    czxid: node.czxid,
    mzxid: node.mzxid,
    pzxid: node.pzxid,
    ctime: node.ctime,
    mtime: node.mtime,
    version: node.version,
    storedCversion: node.storedCversion,
    aversion: node.aversion,
  };
}

/** Every node with its children, and what the tree keeps about all of them. */
export function treeImage(tree: DataTree): unknown {
  const nodes: Record<string, unknown> = {};
  walk(tree, (node) => {
    nodes[node.path] = { ...imageOf(node), children: [...node.children].sort() };
  });
  const ephemerals = [...tree.ephemeralOwners()].map(([id, paths]) => `${id}: ${[...paths].sort().join(' ')}`).sort();
  return {
    nodes,
    ephemerals,
    digest: tree.digest,
    nodeCount: tree.nodeCount,
    dataSize: tree.approximateDataSize,
    acls: tree.acls
      .table()
      .map((list) => list.entries.map(({ perms, id }) => `${perms} ${id.scheme} ${id.id}`).join())
      .sort(),
  };
}

export function walk(tree: DataTree, visit: (node: Znode) => void): void {
  const open = [tree.find('/')!];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    visit(node);
    for (const name of node.children) open.push(tree.find(node.path === '/' ? `/${name}` : `${node.path}/${name}`)!);
  }
}

/** The tree digest counted from nothing. */
export function digestFromScratch(tree: DataTree): bigint {
  let sum = 0n;
  walk(tree, (node) => {
    const copy = new ChangeRecord(tree.find(node.path)!, 0 as Zxid);
    copy.pathCrc = pathCrc(copy.path);
    copy.contentCrc = contentCrc(copy);
    sum += BigInt(nodeDigest(copy));
  });
  return BigInt.asUintN(64, sum);
}

/** A node as the snapshot writer would put it in the file. */
export function recordOf(node: Znode): SnapshotNode {
  return {
    path: node.path === '/' ? '' : node.path,
    data: node.data,
    aclKey: node.acl.key,
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctime: node.ctime,
    mtime: node.mtime,
    version: node.version,
    cversion: node.storedCversion,
    aversion: node.aversion,
    ephemeralOwner: node.owner,
    pzxid: node.pzxid,
  };
}

/** The next node of a snapshot; null at the end. */
export function nextRecord(snapshot: Pick<TreeSnapshot, 'writeNext'>): SnapshotNode | null {
  const out = new JuteWriter();
  if (!snapshot.writeNext(out)) return null;
  const record = new JuteReader(out.take());
  return {
    path: record.ustring()!,
    data: record.buffer(),
    aclKey: record.long(),
    czxid: record.zxid(),
    mzxid: record.zxid(),
    ctime: record.long(),
    mtime: record.long(),
    version: record.int32(),
    cversion: record.int32(),
    aversion: record.int32(),
    ephemeralOwner: record.int64(),
    pzxid: record.zxid(),
  };
}

/** What a snapshot holds, and the tree that is loaded from it. */
export function load(
  snapshot: Pick<TreeSnapshot, 'zxid' | 'aclTable' | 'writeNext'>,
  options: DataTree['options'],
): DataTree {
  const loader = new TreeLoader(options);
  for (const list of snapshot.aclTable) loader.defineAcl(list.key, list.entries);
  const out = new JuteWriter();
  const starts: number[] = [];
  for (let at = 0; snapshot.writeNext(out); at = out.length) starts.push(at);
  const records = out.take();
  for (const at of starts) loader.addRecord(records, at);
  return loader.finish(snapshot.zxid);
}
