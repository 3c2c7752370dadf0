import { crc32 } from '../../protocol/checksum.js';
import { NodeKind } from './node-kind.js';
import type { NodeState } from './node-state.js';

const STAT_BYTES = 60;
const ASCII_END = 0x80;

const statBytes = new Uint8Array(STAT_BYTES);
const statView = new DataView(statBytes.buffer);
const pathBytes = Buffer.alloc(256);

/** Quota, configuration and everything below are outside the digest; `/zookeeper` itself is not (storage-format 4.2). */
function isOutsideDigest(path: string): boolean {
  return path.startsWith('/zookeeper/');
}

/** CRC-32 of a node's path, the root's counting as empty. The digest goes on from here over data and stat. Signed. */
export function pathCrc(path: string): number {
  if (path === '/' || isOutsideDigest(path)) return 0;
  if (path.length > pathBytes.length) return crc32(Buffer.from(path, 'utf8')) | 0;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit >= ASCII_END) return crc32(Buffer.from(path, 'utf8')) | 0;
    pathBytes[i] = unit;
  }
  return crc32(pathBytes.subarray(0, path.length)) | 0;
}

/** CRC-32 of a node's path and data: what changes seldom. Signed. */
export function contentCrc({ path, data, pathCrc: ofPath }: Pick<NodeState, 'path' | 'data' | 'pathCrc'>): number {
  return data === null || isOutsideDigest(path) ? ofPath : crc32(data, ofPath) | 0;
}

/** A node's part of the tree digest, version 2, unsigned. The stat's fields are not in the snapshot's order. */
export function nodeDigest(node: NodeState): number {
  if (isOutsideDigest(node.path)) return 0;
  putLong(0, node.czxid);
  putLong(8, node.mzxid);
  putLong(16, node.pzxid);
  putLong(24, node.ctime);
  putLong(32, node.mtime);
  statView.setInt32(40, node.version);
  statView.setInt32(44, node.storedCversion);
  statView.setInt32(48, node.aversion);
  if (node.kind === NodeKind.persistent) putLong(52, 0);
  else statView.setBigInt64(52, node.owner);
  return crc32(statBytes, node.contentCrc);
}

function putLong(at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  statView.setInt32(at, high);
  statView.setUint32(at + 4, value - high * 0x1_0000_0000);
}
