import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { ByteRange } from './byte-range.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import type { NodeTable } from './node-table.js';
import { Field } from './node-table.js';
import type { BlockRef, Slabs } from './slabs.js';

const SPAN = 0x1_0000_0000;

/** Integers at the beginning of a record; the name follows, then the data as a buffer of the wire, then the Stat. */
export const Head = {
  nameLength: 0,
  /** CRC-32 of the path, and of path and data: what of the digest's input seldom changes. */
  pathCrc: 4,
  contentCrc: 8,
  /** This node's part of the tree digest. */
  digest: 12,
  /** The creation counter, which the Stat shows only mixed with the number of children. */
  storedCversion: 16,
} as const;
export type Head = (typeof Head)[keyof typeof Head];
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;

/** Where the fields of a Stat are in its wire form (client-protocol 4.2). */
export const StatField = {
  czxid: 0,
  mzxid: 8,
  ctime: 16,
  mtime: 24,
  version: 32,
  cversion: 36,
  aversion: 40,
  ephemeralOwner: 44,
  dataLength: 52,
  numChildren: 56,
  pzxid: 60,
} as const;
export type StatField = (typeof StatField)[keyof typeof StatField];
const STAT_BYTES = 68;

/** Up to here copying byte by byte is faster than a call. */
const LOOP_BYTES_MAX = 256;

/** Where the parts of a node lie in a snapshot: buffer data, and a stat of 60 bytes (storage-format 3.2). */
export interface RecordParts {
  readonly bytes: Buffer;
  /** Of the same bytes. */
  readonly view: DataView;
  readonly dataAt: number;
  readonly statAt: number;
}

/**
 * What a node holds, in one block of bytes: names to compare, and data and Stat as they go to clients, so that the
 * answer to a getData is one copy. Fields are read and changed in place.
 */
export class NodeRecords {
  private readonly nodes: NodeTable;
  private readonly slabs: Slabs;
  /** The record looked at last, and where it lies: most looks come in rows, and the way to a field is longer than the look. */
  private current: NodeId = NO_NODE;
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** Offsets of its head, its data's length and its Stat. */
  private at = 0;
  private body = 0;
  private stat = 0;

  constructor(nodes: NodeTable, slabs: Slabs) {
    this.nodes = nodes;
    this.slabs = slabs;
  }

  /** Makes the record of a new node. The data's length is in its Stat, all else is 0. */
  create(id: NodeId, name: ByteRange, data: Uint8Array | null): void {
    const nameLength = name.end - name.start;
    const dataLength = data === null ? 0 : data.length;
    this.forget(id);
    const ref = this.slabs.allocate(HEAD_BYTES + nameLength + LENGTH_BYTES + dataLength + STAT_BYTES);
    this.nodes.set(id, Field.record, ref);
    const bytes = this.slabs.bytes(ref);
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    for (let i = 0; i < HEAD_BYTES; i += 4) view.setInt32(at + i, 0);
    view.setInt32(at + Head.nameLength, nameLength);
    for (let i = 0; i < nameLength; i++) bytes[at + HEAD_BYTES + i] = name.bytes[name.start + i]!;
    const body = at + HEAD_BYTES + nameLength;
    view.setInt32(body, data === null ? -1 : dataLength);
    if (dataLength > 0) bytes.set(data!, body + LENGTH_BYTES);
    const stat = body + LENGTH_BYTES + dataLength;
    for (let i = 0; i < STAT_BYTES; i += 4) view.setInt32(stat + i, 0);
    view.setInt32(stat + StatField.dataLength, dataLength);
  }

  /** Makes the record of a new node out of what a snapshot has of it, read once. Sums and children are 0. */
  load(id: NodeId, name: ByteRange, { bytes: from, view: fromView, dataAt, statAt }: RecordParts): void {
    const nameLength = name.end - name.start;
    const dataLength = fromView.getInt32(dataAt);
    const bodyBytes = LENGTH_BYTES + Math.max(dataLength, 0);
    const ref = this.slabs.allocate(HEAD_BYTES + nameLength + bodyBytes + STAT_BYTES);
    this.nodes.set(id, Field.record, ref);
    const bytes = this.slabs.bytes(ref);
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    const storedCversion = fromView.getInt32(statAt + 36);
    view.setInt32(at + Head.nameLength, nameLength);
    view.setInt32(at + Head.pathCrc, 0);
    view.setInt32(at + Head.contentCrc, 0);
    view.setInt32(at + Head.digest, 0);
    view.setInt32(at + Head.storedCversion, storedCversion);
    for (let i = 0; i < nameLength; i++) bytes[at + HEAD_BYTES + i] = name.bytes[name.start + i]!;
    const body = at + HEAD_BYTES + nameLength;
    if (bodyBytes > LOOP_BYTES_MAX) {
      bytes.set(from.subarray(dataAt, dataAt + bodyBytes), body);
    } else {
      let i = 0;
      for (; i <= bodyBytes - 4; i += 4) view.setInt32(body + i, fromView.getInt32(dataAt + i));
      for (; i < bodyBytes; i++) bytes[body + i] = from[dataAt + i]!;
    }
    const stat = body + bodyBytes;
    for (let i = StatField.czxid; i < StatField.cversion; i += 4)
      view.setInt32(stat + i, fromView.getInt32(statAt + i));
    view.setInt32(stat + StatField.cversion, (2 * storedCversion) | 0);
    view.setInt32(stat + StatField.aversion, fromView.getInt32(statAt + 40));
    view.setInt32(stat + StatField.ephemeralOwner, 0);
    view.setInt32(stat + StatField.ephemeralOwner + 4, 0);
    view.setInt32(stat + StatField.dataLength, Math.max(dataLength, 0));
    view.setInt32(stat + StatField.numChildren, 0);
    view.setInt32(stat + StatField.pzxid, fromView.getInt32(statAt + 52));
    view.setInt32(stat + StatField.pzxid + 4, fromView.getInt32(statAt + 56));
    this.current = id;
    this.view = view;
    this.at = at;
    this.body = body;
    this.stat = stat;
  }

  free(id: NodeId): void {
    this.forget(id);
    this.slabs.free(this.ref(id));
  }

  head(id: NodeId, field: Head): number {
    this.open(id);
    return this.view.getInt32(this.at + field);
  }

  setHead(id: NodeId, field: Head, value: number): void {
    this.open(id);
    this.view.setInt32(this.at + field, value);
  }

  int(id: NodeId, field: StatField): number {
    this.open(id);
    return this.view.getInt32(this.stat + field);
  }

  setInt(id: NodeId, field: StatField, value: number): void {
    this.open(id);
    this.view.setInt32(this.stat + field, value);
  }

  /** A long within +-2^53: times and zxids. */
  long(id: NodeId, field: StatField): number {
    this.open(id);
    const at = this.stat + field;
    return this.view.getInt32(at) * SPAN + this.view.getUint32(at + 4);
  }

  setLong(id: NodeId, field: StatField, value: number): void {
    this.open(id);
    const at = this.stat + field;
    const high = Math.floor(value / SPAN);
    this.view.setInt32(at, high);
    this.view.setUint32(at + 4, value - high * SPAN);
  }

  bigint(id: NodeId, field: StatField): bigint {
    this.open(id);
    return this.view.getBigInt64(this.stat + field);
  }

  setBigint(id: NodeId, field: StatField, value: bigint): void {
    this.open(id);
    this.view.setBigInt64(this.stat + field, value);
  }

  nameLength(id: NodeId): number {
    const ref = this.ref(id);
    return this.slabs.view(ref).getInt32(this.slabs.offset(ref) + Head.nameLength);
  }

  /** Copies a node's name to `target` at `to`. */
  copyName(id: NodeId, target: Buffer, to: number): void {
    const ref = this.ref(id);
    const bytes = this.slabs.bytes(ref);
    const from = this.slabs.offset(ref) + HEAD_BYTES;
    const length = this.slabs.view(ref).getInt32(this.slabs.offset(ref) + Head.nameLength);
    for (let i = 0; i < length; i++) target[to + i] = bytes[from + i]!;
  }

  /** Whether `buf` has the node's name right before `end`, and at or behind `start`. */
  nameEndsAt(id: NodeId, buf: Uint8Array, start: number, end: number): boolean {
    const ref = this.ref(id);
    const at = this.slabs.offset(ref);
    const length = this.slabs.view(ref).getInt32(at + Head.nameLength);
    if (end - length < start) return false;
    const bytes = this.slabs.bytes(ref);
    const shift = at + HEAD_BYTES + length - end;
    for (let i = end - length; i < end; i++) {
      if (buf[i] !== bytes[i + shift]) return false;
    }
    return true;
  }

  /** A copy. */
  data(id: NodeId): Buffer | null {
    this.open(id);
    const length = this.view.getInt32(this.body);
    const from = this.body + LENGTH_BYTES;
    return length < 0 ? null : Buffer.from(this.slabs.bytes(this.ref(id)).subarray(from, from + length));
  }

  /** Replaces a node's data, and the length its Stat tells. */
  setData(id: NodeId, data: Uint8Array | null): void {
    const length = data === null ? 0 : data.length;
    this.resize(id, length);
    if (data === null) this.view.setInt32(this.body, -1);
    else if (length > 0) this.slabs.bytes(this.ref(id)).set(data, this.body + LENGTH_BYTES);
  }

  /** The same with bytes that lie in a longer run: for some hundred a loop costs less than the view that `set` needs. */
  setDataFrom(id: NodeId, source: DataView, start: number, end: number): void {
    this.resize(id, end - start);
    const { view } = this;
    const to = this.body + LENGTH_BYTES - start;
    let i = start;
    for (const lastFour = end - 4; i <= lastFour; i += 4) view.setInt32(to + i, source.getInt32(i));
    for (; i < end; i++) view.setInt8(to + i, source.getInt8(i));
  }

  /** buffer data, Stat: what is stored is what clients get. */
  writeData(id: NodeId, out: JuteWriter): void {
    this.open(id);
    out.slice(this.slabs.bytes(this.ref(id)), this.body, this.stat + STAT_BYTES);
  }

  /** buffer data alone. */
  writeDataOnly(id: NodeId, out: JuteWriter): void {
    this.open(id);
    out.slice(this.slabs.bytes(this.ref(id)), this.body, this.stat);
  }

  writeStat(id: NodeId, out: JuteWriter): void {
    this.open(id);
    out.ints(this.view, this.stat, STAT_BYTES / 4);
  }

  /** ustring name. */
  writeName(id: NodeId, out: JuteWriter): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    const length = view.getInt32(at + Head.nameLength);
    out.int32(length).part(view, at + HEAD_BYTES, at + HEAD_BYTES + length);
  }

  /** Copies what the tree digest takes from a Stat, in its own order, to the beginning of another view. */
  copyDigested(id: NodeId, to: DataView): void {
    this.open(id);
    const { view, stat } = this;
    for (let i = 0; i < 16; i += 4) to.setInt32(i, view.getInt32(stat + StatField.czxid + i));
    for (let i = 0; i < 8; i += 4) to.setInt32(16 + i, view.getInt32(stat + StatField.pzxid + i));
    for (let i = 0; i < 20; i += 4) to.setInt32(24 + i, view.getInt32(stat + StatField.ctime + i));
    to.setInt32(44, view.getInt32(this.at + Head.storedCversion));
    for (let i = 0; i < 12; i += 4) to.setInt32(48 + i, view.getInt32(stat + StatField.aversion + i));
  }

  /** Copies part of the Stat into another view. `bytes` is a multiple of 4. */
  copyStat(id: NodeId, from: StatField, to: { view: DataView; at: number; bytes: number }): void {
    this.open(id);
    const { view, stat } = this;
    for (let i = 0; i < to.bytes; i += 4) to.view.setInt32(to.at + i, view.getInt32(stat + from + i));
  }

  private ref(id: NodeId): BlockRef {
    return this.nodes.get(id, Field.record);
  }

  private open(id: NodeId): void {
    if (id !== this.current) this.find(id);
  }

  private find(id: NodeId): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    const body = at + HEAD_BYTES + view.getInt32(at + Head.nameLength);
    const length = view.getInt32(body);
    this.current = id;
    this.view = view;
    this.at = at;
    this.body = body;
    this.stat = body + LENGTH_BYTES + (length < 0 ? 0 : length);
  }

  /** Opens a record with room for so many bytes of data, told by both lengths; in place, if a block for it would be no other. */
  private resize(id: NodeId, length: number): void {
    this.open(id);
    const total = this.body - this.at + LENGTH_BYTES + length + STAT_BYTES;
    const ref = this.ref(id);
    if (!this.slabs.fits(ref, total)) this.moveTo(id, this.slabs.allocate(total), length);
    else if (this.stat !== this.body + LENGTH_BYTES + length) this.moveStat(ref, length);
    this.view.setInt32(this.body, length);
    this.view.setInt32(this.stat + StatField.dataLength, length);
  }

  /** A record is about to come or go. */
  private forget(id: NodeId): void {
    if (id === this.current) this.current = NO_NODE;
  }

  /** Makes room for data of another length in the same, open block. */
  private moveStat(ref: BlockRef, dataLength: number): void {
    const from = this.stat;
    this.stat = this.body + LENGTH_BYTES + dataLength;
    this.slabs.bytes(ref).copyWithin(this.stat, from, from + STAT_BYTES);
  }

  /** Moves head, name and Stat of the open record to another block, and frees the first. */
  private moveTo(id: NodeId, target: BlockRef, dataLength: number): void {
    const { at, body, stat } = this;
    const source = this.ref(id);
    const bytes = this.slabs.bytes(source);
    const to = this.slabs.bytes(target);
    this.view = this.slabs.view(target);
    this.at = this.slabs.offset(target);
    this.body = this.at + (body - at);
    this.stat = this.body + LENGTH_BYTES + dataLength;
    bytes.copy(to, this.at, at, body);
    bytes.copy(to, this.stat, stat, stat + STAT_BYTES);
    this.slabs.free(source);
    this.nodes.set(id, Field.record, target);
  }
}
