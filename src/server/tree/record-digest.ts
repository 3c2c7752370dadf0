import { crc32 } from '../../protocol/checksum.js';
import type { NodeId } from './node-id.js';
import { NodeKind } from './node-kind.js';
import { Head, StatField } from './node-records.js';
import type { NodeStore } from './node-store.js';

const bytes = new Uint8Array(60);
const view = new DataView(bytes.buffer);

/** A node's part of the tree digest, version 2, from its record; signed. The stat's fields are not in the Stat's order. */
export function recordDigest(store: NodeStore, id: NodeId): number {
  const { records } = store;
  records.copyStat(id, StatField.czxid, { view, at: 0, bytes: 16 });
  records.copyStat(id, StatField.pzxid, { view, at: 16, bytes: 8 });
  records.copyStat(id, StatField.ctime, { view, at: 24, bytes: 20 });
  view.setInt32(44, records.head(id, Head.storedCversion));
  records.copyStat(id, StatField.aversion, { view, at: 48, bytes: 12 });
  if (store.kindOf(id) >= NodeKind.container) view.setBigInt64(52, store.ownerOf(id));
  return crc32(bytes, records.head(id, Head.contentCrc)) | 0;
}
