import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { NodeId } from './node-id.js';
import { Head, StatField } from './node-records.js';
import type { NodeStore } from './node-store.js';

/** long aclKey, and the stat: longs czxid, mzxid, ctime, mtime, ints version, cversion, aversion, longs ephemeralOwner, pzxid. */
export const SNAPSHOT_FIXED_BYTES = 8 + 60;

const fixed = Buffer.alloc(SNAPSHOT_FIXED_BYTES);
const view = new DataView(fixed.buffer, fixed.byteOffset, fixed.length);

/** Writes a node as a snapshot has it (storage-format 3.2): ustring path, buffer data, long aclKey, stat. */
export function writeSnapshotRecord(store: NodeStore, id: NodeId, out: JuteWriter): void {
  const { records } = store;
  const { bytes, end } = store.paths.of(id);
  out.int32(end).slice(bytes, 0, end);
  records.writeDataOnly(id, out);
  const { key } = store.aclOf(id);
  view.setInt32(0, key < 0 ? -1 : 0);
  view.setInt32(4, key);
  records.copyStat(id, StatField.czxid, { view, at: 8, bytes: 36 });
  view.setInt32(44, records.head(id, Head.storedCversion));
  view.setInt32(48, records.int(id, StatField.aversion));
  view.setBigInt64(52, store.ownerOf(id));
  records.copyStat(id, StatField.pzxid, { view, at: 60, bytes: 8 });
  out.slice(fixed, 0, SNAPSHOT_FIXED_BYTES);
}
