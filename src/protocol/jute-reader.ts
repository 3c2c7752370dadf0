import { MarshallingError } from './errors.js';
import type { Zxid } from './zxid.js';

/**
 * Reads jute records (big endian, no tags) out of a frame in place (client-protocol 1.3). Every length is checked
 * against what is really there before anything is allocated. Throws {@link MarshallingError}.
 */
export class JuteReader {
  private buf: Buffer;
  private end: number;
  pos: number;

  constructor(buf: Buffer, pos = 0, end = buf.length) {
    this.buf = buf;
    this.pos = pos;
    this.end = end;
  }

  /** Turns to another frame: one reader serves all of a connection. */
  turnTo(buf: Buffer, pos: number, end: number): this {
    this.buf = buf;
    this.pos = pos;
    this.end = end;
    return this;
  }

  get remaining(): number {
    return this.end - this.pos;
  }

  int8(): number {
    return this.buf.readInt8(this.advance(1));
  }

  /** Any non-zero byte is true. */
  bool(): boolean {
    return this.buf[this.advance(1)] !== 0;
  }

  int32(): number {
    return this.buf.readInt32BE(this.advance(4));
  }

  /** Most that come are 0 (owners of nodes that are not ephemeral), which costs no new bigint. */
  int64(): bigint {
    const at = this.advance(8);
    const { buf } = this;
    return (buf.readInt32BE(at) | buf.readInt32BE(at + 4)) === 0 ? 0n : buf.readBigInt64BE(at);
  }

  /** A 64-bit integer as a double: exact within +-2^53 (times, sizes, zxids of epochs below 2^21). */
  long(): number {
    const at = this.advance(8);
    return this.buf.readInt32BE(at) * 0x1_0000_0000 + this.buf.readUInt32BE(at + 4);
  }

  zxid(): Zxid {
    return this.long() as Zxid;
  }

  /** A copy of its own exact size: what is stored must not keep a socket chunk alive. */
  buffer(): Buffer | null {
    const length = this.length('buffer');
    if (length < 0) return null;
    const at = this.advance(length);
    const copy = Buffer.allocUnsafeSlow(length);
    this.buf.copy(copy, 0, at, at + length);
    return copy;
  }

  /**
   * A copy that may share its memory with a few others of its size (Node's pool): for values that come and go, since a
   * buffer of its own costs about four times as much. It keeps at most 8 KiB alive, and no byte of the socket's.
   */
  pooledBuffer(): Buffer | null {
    const length = this.length('buffer');
    if (length < 0) return null;
    const at = this.advance(length);
    const copy = Buffer.allocUnsafe(length);
    this.buf.copy(copy, 0, at, at + length);
    return copy;
  }

  /** A view into the frame, valid only while the frame is. */
  bufferView(): Buffer | null {
    const length = this.length('buffer');
    if (length < 0) return null;
    const at = this.advance(length);
    return this.buf.subarray(at, at + length);
  }

  /** UTF-8; invalid bytes become U+FFFD, as the original decodes them. */
  ustring(): string | null {
    const length = this.length('string');
    if (length < 0) return null;
    const at = this.advance(length);
    return this.buf.toString('utf8', at, at + length);
  }

  /** A count below -1 is an empty vector, -1 a null one; a count that lies runs out of bytes and throws. */
  vector<T>(item: (reader: JuteReader) => T): T[] | null {
    const count = this.int32();
    if (count === -1) return null;
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item(this));
    return items;
  }

  private length(what: string): number {
    const length = this.int32();
    if (length < -1 || length > this.remaining) {
      throw new MarshallingError(
        `${what} length ${length} at byte ${this.pos - 4} does not fit the ${this.remaining} bytes left`,
      );
    }
    return length;
  }

  private advance(bytes: number): number {
    const at = this.pos;
    if (bytes > this.end - at) {
      throw new MarshallingError(`${bytes} bytes wanted at byte ${at}, ${this.end - at} left`);
    }
    this.pos = at + bytes;
    return at;
  }
}

/** Reads one ustring: for {@link JuteReader.vector}. */
export function readUstring(reader: JuteReader): string | null {
  return reader.ustring();
}
