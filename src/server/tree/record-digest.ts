import { crc32 } from '../../protocol/checksum.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { NodeId } from './node-id.js';
import { NodeKind } from './node-kind.js';
import { Head } from './node-records.js';
import type { NodeStore } from './node-store.js';
import type { SetInPlace } from './set-in-place.js';

const SPAN = 0x1_0000_0000;
const bytes = new Uint8Array(60);
const view = new DataView(bytes.buffer);

/** Where what a set changes is among the bytes that the digest takes from a stat. */
const MZXID = 8;
const MTIME = 32;
const VERSION = 40;
const OWNER = 52;

/** A node's part of the tree digest, version 2, from its record; signed. */
export function recordDigest(store: NodeStore, id: NodeId): number {
  gather(store, id);
  return crc32(bytes, store.records.head(id, Head.contentCrc)) | 0;
}

/** The same as it will be after a set of which there is everything but this. */
function digestAfterSet(
  store: NodeStore,
  id: NodeId,
  set: { readonly mzxid: Zxid; readonly mtime: number; readonly version: number; readonly contentCrc: number },
): number {
  gather(store, id);
  putLong(MZXID, set.mzxid);
  putLong(MTIME, set.mtime);
  view.setInt32(VERSION, set.version);
  return crc32(bytes, set.contentCrc) | 0;
}

/** Finds out what the digest will take from the node of a set in place. */
export function digestSet(store: NodeStore, set: SetInPlace): void {
  const pathCrc = store.records.head(set.node, Head.pathCrc);
  set.contentCrc = crc32(set.bytes, pathCrc, set.dataStart, set.dataEnd) | 0;
  set.digest = digestAfterSet(store, set.node, set);
}

function gather(store: NodeStore, id: NodeId): void {
  store.records.copyDigested(id, view);
  if (store.kindOf(id) >= NodeKind.container) view.setBigInt64(OWNER, store.ownerOf(id));
}

function putLong(at: number, value: number): void {
  const high = Math.floor(value / SPAN);
  view.setInt32(at, high);
  view.setUint32(at + 4, value - high * SPAN);
}
