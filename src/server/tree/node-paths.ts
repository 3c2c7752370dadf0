import type { ByteRange } from './byte-range.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import type { NodeRecords } from './node-records.js';
import type { NodeTable } from './node-table.js';
import { Field } from './node-table.js';
import type { PathHash } from './path-hash.js';
import { PathIndex } from './path-index.js';
import type { Writable } from './writable.js';

const SLASH = 0x2f;
const ASCII_END = 0x80;
/** Longer paths are encoded by the platform; for short ones calling it costs more than it saves. */
const LOOP_UNITS_MAX = 256;
const ROOM_BYTES = 1024;

/** Where a path leads: its node, its parent's, and the name in between, which lies behind a slash. */
export interface Place extends ByteRange {
  readonly parent: NodeId;
  readonly node: NodeId;
}

/** From paths to nodes and back. Names are compared as UTF-8 bytes, where the nodes have them; no strings are made to find one. */
export class NodePaths {
  readonly index: PathIndex;
  private readonly nodes: NodeTable;
  private readonly records: NodeRecords;
  private readonly hashOn: PathHash;
  private asked: Buffer = Buffer.allocUnsafeSlow(ROOM_BYTES);
  private readonly encoded: Writable<ByteRange> = { bytes: this.asked, start: 0, end: 0 };
  private readonly place: Writable<Place> = { bytes: this.asked, start: 0, end: 0, parent: NO_NODE, node: NO_NODE };
  private told: Buffer = Buffer.allocUnsafeSlow(ROOM_BYTES);
  private readonly spelled: Writable<ByteRange> = { bytes: this.told, start: 0, end: 0 };

  constructor(nodes: NodeTable, records: NodeRecords, hashOn: PathHash) {
    this.index = new PathIndex(nodes);
    this.nodes = nodes;
    this.records = records;
    this.hashOn = hashOn;
  }

  /** The node at an absolute path; the root is at `/` and at the empty path. */
  find(bytes: Buffer, start: number, end: number): NodeId {
    return this.findHashed(this.hashOf(bytes, start, end), bytes, start, end);
  }

  /** The hash of an absolute path, of a node or not. */
  hashOf(bytes: Buffer, start: number, end: number): number {
    return this.hashOn(this.nodes.get(ROOT, Field.hash), bytes, start, end);
  }

  /** As {@link find}, for who knows the hash of the path. */
  findHashed(hash: number, bytes: Buffer, start: number, end: number): NodeId {
    if (end - start <= 1) return end === start || bytes[start] === SLASH ? ROOT : NO_NODE;
    const { nodes } = this;
    let id = this.index.first(hash);
    while (id !== NO_NODE && !(nodes.get(id, Field.hash) === hash && this.isAt(id, bytes, start, end))) {
      id = nodes.get(id, Field.chain);
    }
    return id;
  }

  /** The same for bytes that may be no UTF-8, and then stand for U+FFFD: such a path is compared as the text it is taken for. */
  findAt(buf: Buffer, start: number, end: number): NodeId {
    const id = this.find(buf, start, end);
    if (id !== NO_NODE || isAscii(buf, start, end)) return id;
    const { bytes, end: encodedEnd } = this.encode(buf.toString('utf8', start, end));
    return this.find(bytes, 0, encodedEnd);
  }

  /** Valid until the next call. The root, and what is no absolute path, has no parent. `parent`: for who knows it. */
  locate(path: string, parent: NodeId = NO_NODE): Place {
    const { bytes, end } = this.encode(path);
    const { place } = this;
    let slash = end - 1;
    while (slash >= 0 && bytes[slash] !== SLASH) slash--;
    place.bytes = bytes;
    place.start = slash + 1;
    place.end = end;
    const hasName = bytes[0] === SLASH && slash >= 0 && slash < end - 1;
    place.parent = hasName && parent === NO_NODE ? this.find(bytes, 0, slash) : parent;
    place.node = place.parent === NO_NODE ? NO_NODE : this.child(place.parent, place);
    return place;
  }

  /** A node's child by its name, which lies behind a slash. */
  child(parent: NodeId, name: ByteRange): NodeId {
    return this.childOf(parent, name, this.hashOfChild(parent, name));
  }

  /** The hash of the path of a node's child, which need not exist. */
  hashOfChild(parent: NodeId, { bytes, start, end }: ByteRange): number {
    return this.hashOn(this.nodes.get(parent, Field.hash), bytes, start - 1, end);
  }

  /** As {@link child}, for who knows the hash of its path. */
  childOf(parent: NodeId, { bytes, start, end }: ByteRange, hash: number): NodeId {
    const { nodes } = this;
    let id = this.index.first(hash);
    while (id !== NO_NODE && !(nodes.get(id, Field.parent) === parent && this.isNamed(id, bytes, start, end))) {
      id = nodes.get(id, Field.chain);
    }
    return id;
  }

  /** The UTF-8 of a path; valid until the next call. */
  encode(path: string): ByteRange {
    const units = path.length;
    if (units * 3 > this.asked.length) this.asked = Buffer.allocUnsafeSlow(units * 6);
    const { asked: room, encoded } = this;
    encoded.bytes = room;
    encoded.end = units;
    if (units > LOOP_UNITS_MAX) {
      encoded.end = room.write(path, 0, 'utf8');
      return encoded;
    }
    for (let i = 0; i < units; i++) {
      const unit = path.charCodeAt(i);
      if (unit >= ASCII_END) {
        encoded.end = room.write(path, 0, 'utf8');
        return encoded;
      }
      room[i] = unit;
    }
    return encoded;
  }

  /** The UTF-8 of a node's path, the root's empty; valid until the next call. */
  of(id: NodeId): ByteRange {
    const { nodes, records, spelled } = this;
    let length = 0;
    for (let at = id; at !== ROOT; at = nodes.get(at, Field.parent)) length += 1 + records.nameLength(at);
    if (length > this.told.length) this.told = Buffer.allocUnsafeSlow(2 * length);
    const { told } = this;
    spelled.bytes = told;
    spelled.end = length;
    let end = length;
    for (let at = id; at !== ROOT; at = nodes.get(at, Field.parent)) {
      end -= records.nameLength(at);
      records.copyName(at, told, end);
      told[--end] = SLASH;
    }
    return spelled;
  }

  /** The root's is `/`. */
  text(id: NodeId): string {
    if (id === ROOT) return '/';
    const { bytes, start, end } = this.of(id);
    return bytes.toString('utf8', start, end);
  }

  /** Length of a node's path as a string. */
  units(id: NodeId): number {
    if (id === ROOT) return 1;
    const { bytes, end } = this.of(id);
    let units = 0;
    for (let i = 0; i < end; i++) {
      const byte = bytes[i]!;
      // Every byte begins a character but those that go on with one; four bytes are two units.
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
  }

  private isAt(id: NodeId, bytes: Buffer, start: number, end: number): boolean {
    const { nodes, records } = this;
    let at = end;
    for (let node = id; node !== ROOT; node = nodes.get(node, Field.parent)) {
      if (!records.nameEndsAt(node, bytes, start, at)) return false;
      at -= records.nameLength(node) + 1;
      if (at < start || bytes[at] !== SLASH) return false;
    }
    return at === start;
  }

  private isNamed(id: NodeId, bytes: Buffer, start: number, end: number): boolean {
    return this.records.nameLength(id) === end - start && this.records.nameEndsAt(id, bytes, start, end);
  }
}

/** The root's id: it is the first node of every tree, and never goes. */
export const ROOT: NodeId = 0;

function isAscii(buf: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (buf[i]! >= ASCII_END) return false;
  }
  return true;
}
