import { CutBytes } from '../cut-bytes.js';
import { MarshallingError } from '../errors.js';
import { JuteReader } from '../jute-reader.js';
import { PacketView } from './packet-view.js';
import { exactZxid } from './quorum-packet.js';

/** int type, long zxid, int length of the data */
const HEAD_BYTES = 16;
const COUNT_BYTES = 4;
const ID_BYTES_MIN = 8;
const EMPTY = Buffer.alloc(0);

/** Bounds a {@link PacketSplitter} puts on what comes; a packet beyond them is a MarshallingError. */
export interface PacketLimits {
  /** Longest data, and longest authinfo. */
  readonly fieldBytesMax: number;
}

/** Return false to stop: the rest is kept for `proceed`, or for `takeRest` when no packet but a snapshot follows. */
export type PacketHandler = (packet: PacketView) => boolean;

/**
 * Cuts a byte stream into quorum packets, which tell themselves where they end (quorum-protocol 0.1). Those that lie
 * whole in a chunk are handed out in place; only one that a chunk cuts is gathered in a buffer of its own.
 */
export class PacketSplitter {
  private readonly fieldBytesMax: number;
  private readonly view = new PacketView();
  private readonly numbers = new JuteReader(EMPTY);
  /** The start of a packet that is not yet whole. */
  private readonly partial = new CutBytes();
  /** What came behind a packet whose handler wanted no more. */
  private backlog: Buffer = EMPTY;

  constructor(limits: PacketLimits) {
    this.fieldBytesMax = limits.fieldBytesMax;
  }

  /** Feeds a chunk. Throws MarshallingError, after which the stream cannot go on. */
  push(bytes: Buffer, onPacket: PacketHandler): void {
    const chunk = this.backlog.length === 0 ? bytes : Buffer.concat([this.backlog, bytes]);
    this.backlog = EMPTY;
    const { partial } = this;
    let pos = 0;
    while (partial.length > 0) {
      const end = this.measure(partial.bytes, 0, partial.length);
      if (end > partial.length) {
        if (pos === chunk.length) return;
        const used = Math.min(end - partial.length, chunk.length - pos);
        partial.append(chunk, pos, pos + used);
        pos += used;
        continue;
      }
      const packet = this.show(partial.take(), 0, end);
      if (!onPacket(packet)) return this.keepFrom(chunk, pos);
    }
    this.whole(chunk, pos, onPacket);
  }

  /** A chunk that came although the handler has stopped: it waits behind what was left. */
  keep(bytes: Buffer): void {
    this.backlog = Buffer.concat([this.backlog, bytes]);
  }

  /** Hands out what was left when a handler stopped. */
  proceed(onPacket: PacketHandler): void {
    if (this.backlog.length > 0) this.push(EMPTY, onPacket);
  }

  /** What was left when a handler stopped: it is no packet, and whoever knows what it is wants it. */
  takeRest(): Buffer {
    const rest = this.backlog;
    this.backlog = EMPTY;
    return rest;
  }

  private whole(chunk: Buffer, from: number, onPacket: PacketHandler): void {
    let pos = from;
    while (pos < chunk.length) {
      const end = this.measure(chunk, pos, chunk.length);
      if (end > chunk.length) return this.partial.append(chunk, pos, chunk.length);
      const packet = this.show(chunk, pos, end);
      pos = end;
      if (!onPacket(packet)) return this.keepFrom(chunk, pos);
    }
  }

  /** Where the packet at `start` ends; when it is not all there, some place behind `end` up to which it surely goes. */
  private measure(buf: Buffer, start: number, end: number): number {
    const numbers = this.numbers.turnTo(buf, start, end);
    const idsAt = start + HEAD_BYTES;
    if (idsAt > end) return idsAt;
    const countAt = idsAt + this.lengthAt(numbers, idsAt - 4);
    let pos = countAt + COUNT_BYTES;
    if (pos > end) return pos;
    const count = numbers.int32At(countAt);
    if (count > this.fieldBytesMax / ID_BYTES_MIN) throw new MarshallingError(`authinfo has ${count} entries`);
    for (let strings = count * 2; strings > 0; strings--) {
      pos += 4;
      if (pos > end) return pos;
      pos += this.lengthAt(numbers, pos - 4);
      if (pos - countAt > this.fieldBytesMax) throw new MarshallingError('authinfo is too long');
    }
    return pos;
  }

  private lengthAt(numbers: JuteReader, at: number): number {
    const length = numbers.int32At(at);
    if (length < -1 || length > this.fieldBytesMax) {
      throw new MarshallingError(`a field of ${length} bytes, where ${this.fieldBytesMax} are allowed`);
    }
    return length === -1 ? 0 : length;
  }

  private show(buf: Buffer, start: number, end: number): PacketView {
    const { view } = this;
    const numbers = this.numbers.turnTo(buf, start, end);
    const dataBytes = numbers.int32At(start + HEAD_BYTES - 4);
    view.type = numbers.int32At(start);
    numbers.pos = start + 4;
    view.zxid = exactZxid(numbers.zxid());
    view.buf = buf;
    view.hasData = dataBytes !== -1;
    view.dataStart = start + HEAD_BYTES;
    view.dataEnd = view.dataStart + Math.max(dataBytes, 0);
    view.end = end;
    return view;
  }

  private keepFrom(chunk: Buffer, pos: number): void {
    if (pos < chunk.length) this.backlog = Buffer.from(chunk.subarray(pos));
  }
}
