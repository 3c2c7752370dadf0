import { MarshallingError } from './errors.js';
import type { Zxid } from './zxid.js';

/** Up to here a loop over the bytes is faster than a call of `copy`, which makes a view first. */
const LOOP_BYTES_MAX = 128;
/** How much text is decoded at once, and so kept alive by any string that is cut out of it. */
const RUN_BYTES_MAX = 1024;

/**
 * Reads jute records (big endian, no tags) out of a frame in place (client-protocol 1.3). Every length is checked
 * against what is really there before anything is allocated. Throws {@link MarshallingError}.
 */
export class JuteReader {
  private buf: Buffer;
  /** Of all the memory that `buf` is a part of: single loads, where the methods of Buffer read byte by byte. */
  private numbers: DataView;
  /** Where in that memory `buf` begins. */
  private base: number;
  private end: number;
  pos: number;

  constructor(buf: Buffer, pos = 0, end = buf.length) {
    this.buf = buf;
    this.numbers = new DataView(buf.buffer);
    this.base = buf.byteOffset;
    this.pos = pos;
    this.end = end;
  }

  /** Turns to another frame: one reader serves all of a connection. */
  turnTo(buf: Buffer, pos: number, end: number): this {
    if (buf !== this.buf) this.changeTo(buf);
    this.pos = pos;
    this.end = end;
    return this;
  }

  get remaining(): number {
    return this.end - this.pos;
  }

  /** A byte, signed. */
  int8(): number {
    return this.numbers.getInt8(this.base + this.advance(1));
  }

  /** Any non-zero byte is true. */
  bool(): boolean {
    return this.buf[this.advance(1)] !== 0;
  }

  /** Signed, like all of jute's integers. */
  int32(): number {
    return this.int32At(this.advance(4));
  }

  /** Most that come are 0 (owners of nodes that are not ephemeral), which costs no new bigint. */
  int64(): bigint {
    return this.int64At(this.advance(8));
  }

  /** A 64-bit integer as a double: exact within +-2^53 (times, sizes, zxids of epochs below 2^21). */
  long(): number {
    return this.longAt(this.advance(8));
  }

  /** A {@link long} by another type; exactness is not checked. */
  zxid(): Zxid {
    return this.long() as Zxid;
  }

  /**
   * Checks that a record of so many bytes is there and goes behind it; returns where it begins, for the three methods
   * below, which check nothing more. Together with the DataView it made a client's get a quarter cheaper.
   */
  record(bytes: number): number {
    return this.advance(bytes);
  }

  /** Signed; `at` counts from the buffer's start. */
  int32At(at: number): number {
    return this.numbers.getInt32(this.base + at);
  }

  /** Signed; 0n without making a new bigint. */
  int64At(at: number): bigint {
    const { numbers } = this;
    const offset = this.base + at;
    return (numbers.getInt32(offset) | numbers.getInt32(offset + 4)) === 0 ? 0n : numbers.getBigInt64(offset);
  }

  /** Signed; exact within +-2^53. */
  longAt(at: number): number {
    const { numbers } = this;
    const offset = this.base + at;
    return numbers.getInt32(offset) * 0x1_0000_0000 + numbers.getUint32(offset + 4);
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
    if (length > LOOP_BYTES_MAX) this.buf.copy(copy, 0, at, at + length);
    else for (let i = 0; i < length; i++) copy[i] = this.buf[at + i]!;
    return copy;
  }

  /** Goes behind these bytes if they come next. */
  takeIf(bytes: Uint8Array): boolean {
    const { buf, pos } = this;
    if (bytes.length > this.end - pos) return false;
    for (let i = 0; i < bytes.length; i++) if (buf[pos + i] !== bytes[i]) return false;
    this.pos = pos + bytes.length;
    return true;
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

  /**
   * vector<ustring>, null ones as ''. Strings that follow each other are decoded together and then cut apart, for a call out of
   * JavaScript costs more than a name that it decodes: a list of children takes a third of the time.
   */
  texts(): string[] | null {
    const count = this.int32();
    if (count === -1) return null;
    const texts: string[] = [];
    while (texts.length < count) this.readRun(texts, count);
    return texts;
  }

  /** As many texts as make a run, at least one; up to `count` in all. */
  private readRun(texts: string[], count: number): void {
    const start = this.pos;
    let end = start;
    for (let left = count - texts.length; left > 0 && end - start < RUN_BYTES_MAX; left--) {
      this.advance(Math.max(this.length('string'), 0));
      end = this.pos;
    }
    const run = this.buf.toString('utf8', start, end);
    this.pos = start;
    // No shorter than its bytes: each of them, those of the lengths included, is a character of its own.
    const isCut = run.length === end - start;
    while (this.pos < end) {
      if (!isCut) texts.push(this.ustring() ?? '');
      else {
        const length = Math.max(this.int32(), 0);
        const at = this.advance(length) - start;
        texts.push(run.slice(at, at + length));
      }
    }
  }

  private changeTo(buf: Buffer): void {
    this.buf = buf;
    this.base = buf.byteOffset;
    if (buf.buffer !== this.numbers.buffer) this.numbers = new DataView(buf.buffer);
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
