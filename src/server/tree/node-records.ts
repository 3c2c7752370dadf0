import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { ByteRange } from './byte-range.js';
import type { NodeId } from './node-id.js';
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

/**
 * What a node holds, in one block of bytes: names to compare, and data and Stat as they go to clients, so that the
 * answer to a getData is one copy. Fields are read and changed in place.
 */
export class NodeRecords {
  private readonly nodes: NodeTable;
  private readonly slabs: Slabs;

  constructor(nodes: NodeTable, slabs: Slabs) {
    this.nodes = nodes;
    this.slabs = slabs;
  }

  /** Makes the record of a new node. The data's length is in its Stat, all else is 0. */
  create(id: NodeId, name: ByteRange, data: Uint8Array | null): void {
    const nameLength = name.end - name.start;
    const dataLength = data === null ? 0 : data.length;
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

  free(id: NodeId): void {
    this.slabs.free(this.ref(id));
  }

  head(id: NodeId, field: Head): number {
    const ref = this.ref(id);
    return this.slabs.view(ref).getInt32(this.slabs.offset(ref) + field);
  }

  setHead(id: NodeId, field: Head, value: number): void {
    const ref = this.ref(id);
    this.slabs.view(ref).setInt32(this.slabs.offset(ref) + field, value);
  }

  int(id: NodeId, field: StatField): number {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    return view.getInt32(statAt(view, this.slabs.offset(ref)) + field);
  }

  setInt(id: NodeId, field: StatField, value: number): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    view.setInt32(statAt(view, this.slabs.offset(ref)) + field, value);
  }

  /** A long within +-2^53: times and zxids. */
  long(id: NodeId, field: StatField): number {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = statAt(view, this.slabs.offset(ref)) + field;
    return view.getInt32(at) * SPAN + view.getUint32(at + 4);
  }

  setLong(id: NodeId, field: StatField, value: number): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = statAt(view, this.slabs.offset(ref)) + field;
    const high = Math.floor(value / SPAN);
    view.setInt32(at, high);
    view.setUint32(at + 4, value - high * SPAN);
  }

  bigint(id: NodeId, field: StatField): bigint {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    return view.getBigInt64(statAt(view, this.slabs.offset(ref)) + field);
  }

  setBigint(id: NodeId, field: StatField, value: bigint): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    view.setBigInt64(statAt(view, this.slabs.offset(ref)) + field, value);
  }

  nameLength(id: NodeId): number {
    return this.head(id, Head.nameLength);
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

  dataLength(id: NodeId): number {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    return view.getInt32(bodyAt(view, this.slabs.offset(ref)));
  }

  /** A copy. */
  data(id: NodeId): Buffer | null {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const body = bodyAt(view, this.slabs.offset(ref));
    const length = view.getInt32(body);
    const from = body + LENGTH_BYTES;
    return length < 0 ? null : Buffer.from(this.slabs.bytes(ref).subarray(from, from + length));
  }

  /** Replaces a node's data, and the length its Stat tells. In place, if a block for the new size would be no other. */
  setData(id: NodeId, data: Uint8Array | null): void {
    const length = data === null ? 0 : data.length;
    let ref = this.ref(id);
    const total = HEAD_BYTES + this.nameLength(id) + LENGTH_BYTES + length + STAT_BYTES;
    if (this.slabs.fits(ref, total)) this.moveStat(ref, length);
    else ref = this.moveTo(id, this.slabs.allocate(total), length);
    const view = this.slabs.view(ref);
    const body = bodyAt(view, this.slabs.offset(ref));
    view.setInt32(body, data === null ? -1 : length);
    if (length > 0) this.slabs.bytes(ref).set(data!, body + LENGTH_BYTES);
    view.setInt32(body + LENGTH_BYTES + length + StatField.dataLength, length);
  }

  /** buffer data, Stat: what is stored is what clients get. */
  writeData(id: NodeId, out: JuteWriter): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    out.slice(this.slabs.bytes(ref), bodyAt(view, at), statAt(view, at) + STAT_BYTES);
  }

  /** buffer data alone. */
  writeDataOnly(id: NodeId, out: JuteWriter): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    out.slice(this.slabs.bytes(ref), bodyAt(view, at), statAt(view, at));
  }

  writeStat(id: NodeId, out: JuteWriter): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const stat = statAt(view, this.slabs.offset(ref));
    out.slice(this.slabs.bytes(ref), stat, stat + STAT_BYTES);
  }

  /** ustring name. */
  writeName(id: NodeId, out: JuteWriter): void {
    const ref = this.ref(id);
    const from = this.slabs.offset(ref) + HEAD_BYTES;
    const length = this.nameLength(id);
    out.int32(length).slice(this.slabs.bytes(ref), from, from + length);
  }

  /** Copies part of the Stat into another view. `bytes` is a multiple of 4. */
  copyStat(id: NodeId, from: StatField, to: { view: DataView; at: number; bytes: number }): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = statAt(view, this.slabs.offset(ref)) + from;
    for (let i = 0; i < to.bytes; i += 4) to.view.setInt32(to.at + i, view.getInt32(at + i));
  }

  /** The way back. */
  pasteStat(id: NodeId, to: StatField, from: { view: DataView; at: number; bytes: number }): void {
    const ref = this.ref(id);
    const view = this.slabs.view(ref);
    const at = statAt(view, this.slabs.offset(ref)) + to;
    for (let i = 0; i < from.bytes; i += 4) view.setInt32(at + i, from.view.getInt32(from.at + i));
  }

  private ref(id: NodeId): BlockRef {
    return this.nodes.get(id, Field.record);
  }

  /** Makes room for data of another length in the same block. */
  private moveStat(ref: BlockRef, dataLength: number): void {
    const view = this.slabs.view(ref);
    const at = this.slabs.offset(ref);
    const from = statAt(view, at);
    const to = bodyAt(view, at) + LENGTH_BYTES + dataLength;
    if (to !== from) this.slabs.bytes(ref).copyWithin(to, from, from + STAT_BYTES);
  }

  /** Moves head, name and Stat to another block, and frees the first. */
  private moveTo(id: NodeId, target: BlockRef, dataLength: number): BlockRef {
    const source = this.ref(id);
    const bytes = this.slabs.bytes(source);
    const at = this.slabs.offset(source);
    const view = this.slabs.view(source);
    const body = bodyAt(view, at);
    const stat = statAt(view, at);
    const to = this.slabs.bytes(target);
    const toAt = this.slabs.offset(target);
    bytes.copy(to, toAt, at, body);
    bytes.copy(to, toAt + (body - at) + LENGTH_BYTES + dataLength, stat, stat + STAT_BYTES);
    this.slabs.free(source);
    this.nodes.set(id, Field.record, target);
    return target;
  }
}

function bodyAt(view: DataView, at: number): number {
  return at + HEAD_BYTES + view.getInt32(at + Head.nameLength);
}

function statAt(view: DataView, at: number): number {
  const body = bodyAt(view, at);
  const length = view.getInt32(body);
  return body + LENGTH_BYTES + (length < 0 ? 0 : length);
}
