/** Bytes a fresh writer starts with: most replies fit. */
const INITIAL_BYTES = 512;

/**
 * Appends jute records to one growing buffer (client-protocol 1.3). One writer serves a link for a whole turn of the
 * event loop; {@link take} hands the filled part over and starts afresh.
 */
export class JuteWriter {
  private buf: Buffer;
  private pos = 0;

  constructor(initialBytes = INITIAL_BYTES) {
    this.buf = Buffer.allocUnsafeSlow(initialBytes);
  }

  get length(): number {
    return this.pos;
  }

  int8(value: number): this {
    const at = this.reserve(1);
    this.buf.writeInt8(value, at);
    return this;
  }

  bool(value: boolean): this {
    const at = this.reserve(1);
    this.buf[at] = value ? 1 : 0;
    return this;
  }

  int32(value: number): this {
    const at = this.reserve(4);
    this.buf.writeInt32BE(value, at);
    return this;
  }

  int64(value: bigint): this {
    const at = this.reserve(8);
    this.buf.writeBigInt64BE(value, at);
    return this;
  }

  /** A double that holds an integer within +-2^53 (times, zxids). */
  long(value: number): this {
    const at = this.reserve(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.buf.writeInt32BE(high, at);
    this.buf.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
    return this;
  }

  buffer(value: Buffer | null): this {
    if (value === null) return this.int32(-1);
    this.int32(value.length);
    const at = this.reserve(value.length);
    value.copy(this.buf, at);
    return this;
  }

  ustring(value: string | null): this {
    if (value === null) return this.int32(-1);
    // A UTF-16 unit takes at most 3 bytes of UTF-8: reserve for the worst, keep what was written.
    const lengthAt = this.reserve(4 + value.length * 3);
    const bytes = this.buf.write(value, lengthAt + 4, 'utf8');
    this.buf.writeInt32BE(bytes, lengthAt);
    this.pos = lengthAt + 4 + bytes;
    return this;
  }

  vector<T>(items: readonly T[] | null, write: (writer: JuteWriter, item: T) => void): this {
    if (items === null) return this.int32(-1);
    this.int32(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  /** Bytes as they are, without a length. */
  bytes(value: Uint8Array): this {
    const at = this.reserve(value.length);
    this.buf.set(value, at);
    return this;
  }

  /** Leaves room for a frame's length; pass what it returns to {@link endFrame}. */
  beginFrame(): number {
    return this.reserve(4);
  }

  endFrame(lengthAt: number): this {
    this.buf.writeInt32BE(this.pos - lengthAt - 4, lengthAt);
    return this;
  }

  patchInt32(at: number, value: number): this {
    this.buf.writeInt32BE(value, at);
    return this;
  }

  patchLong(at: number, value: number): this {
    const end = this.pos;
    this.pos = at;
    this.long(value);
    this.pos = end;
    return this;
  }

  /** Forgets everything written from `length` on: for a record that turned out not to be wanted. */
  truncate(length: number): void {
    this.pos = length;
  }

  /** What was written, as a view: valid until the next write. */
  view(from = 0): Buffer {
    return this.buf.subarray(from, this.pos);
  }

  /** Hands over what was written (not a copy) and starts with a fresh buffer. */
  take(): Buffer {
    const filled = this.buf.subarray(0, this.pos);
    this.buf = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.pos = 0;
    return filled;
  }

  /** May replace `buf`: call it before naming `buf`, never among the arguments of a call on it. */
  private reserve(bytes: number): number {
    const at = this.pos;
    const end = at + bytes;
    if (end > this.buf.length) this.grow(end);
    this.pos = end;
    return at;
  }

  private grow(needed: number): void {
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.buf.length * 2));
    this.buf.copy(bigger, 0, 0, this.pos);
    this.buf = bigger;
  }
}

/** Writes one ustring: for {@link JuteWriter.vector}. */
export function writeUstring(writer: JuteWriter, value: string | null): void {
  writer.ustring(value);
}
