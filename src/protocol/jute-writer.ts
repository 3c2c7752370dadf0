import { WriterRoom } from './writer-room.js';

/** Bytes a writer's first buffer has: most replies fit. */
const INITIAL_BYTES = 512;
/** Up to here a loop over the bytes is faster than a call of `set`, which makes a view first. */
const LOOP_BYTES_MAX = 64;
/** Strings up to here are written unit by unit: a call out of JavaScript costs more. */
const LOOP_UNITS_MAX = 48;
const ASCII_END = 0x80;

const NO_ROOM = new WriterRoom(0);

/**
 * Appends jute records to one growing buffer (client-protocol 1.3). One writer serves a link for a whole turn of the
 * event loop; {@link take} hands the filled part over and starts afresh. A writer that is not written to has no buffer.
 *
 * Numbers go through a DataView: its setters become single stores, where those of Buffer are calls that write byte by byte.
 */
export class JuteWriter {
  private room = NO_ROOM;
  private buf = NO_ROOM.bytes;
  private numbers = NO_ROOM.numbers;
  private pos = 0;
  private readonly initialBytes: number;

  constructor(initialBytes = INITIAL_BYTES) {
    this.initialBytes = initialBytes;
  }

  get length(): number {
    return this.pos;
  }

  /** A byte; of a number that needs more, its low 8 bits. */
  int8(value: number): this {
    const at = this.reserve(1);
    this.numbers.setInt8(at, value);
    return this;
  }

  /** One byte, 1 or 0. */
  bool(value: boolean): this {
    const at = this.reserve(1);
    this.buf[at] = value ? 1 : 0;
    return this;
  }

  /** Signed. Throws a RangeError for what is no 32-bit integer. */
  int32(value: number): this {
    if ((value | 0) !== value) throw new RangeError(`${value} is no 32-bit integer`);
    const at = this.reserve(4);
    this.numbers.setInt32(at, value);
    return this;
  }

  /** The low 64 bits, whatever lies above. */
  int64(value: bigint): this {
    const at = this.reserve(8);
    this.numbers.setBigInt64(at, value);
    return this;
  }

  /** A double that holds an integer within +-2^53 (times, zxids). */
  long(value: number): this {
    const at = this.reserve(8);
    const high = Math.floor(value / 0x1_0000_0000);
    this.numbers.setInt32(at, high);
    this.numbers.setUint32(at + 4, value - high * 0x1_0000_0000);
    return this;
  }

  /** int length, then the bytes; null is length -1. They are copied. */
  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int32(-1);
    return this.int32(value.length).bytes(value);
  }

  /** int length in bytes, then UTF-8; null is length -1. */
  ustring(value: string | null): this {
    if (value === null) return this.int32(-1);
    // A UTF-16 unit takes at most 3 bytes of UTF-8: reserve for the worst, keep what was written.
    const lengthAt = this.reserve(4 + value.length * 3);
    const start = lengthAt + 4;
    const bytes = value.length <= LOOP_UNITS_MAX ? this.ascii(value, start) : -1;
    const written = bytes === -1 ? this.buf.write(value, start, 'utf8') : bytes;
    this.numbers.setInt32(lengthAt, written);
    this.pos = start + written;
    return this;
  }

  /** int count, then the items one by one; null is count -1. */
  vector<T>(items: readonly T[] | null, write: (writer: JuteWriter, item: T) => void): this {
    if (items === null) return this.int32(-1);
    this.int32(items.length);
    for (const item of items) write(this, item);
    return this;
  }

  /** Bytes as they are, without a length. */
  bytes(value: Uint8Array): this {
    return this.slice(value, 0, value.length);
  }

  /** Some of the bytes of a longer run, as they are. */
  slice(source: Uint8Array, start: number, end: number): this {
    const length = end - start;
    const at = this.reserve(length);
    const { buf } = this;
    if (length > LOOP_BYTES_MAX)
      buf.set(start === 0 && end === source.length ? source : source.subarray(start, end), at);
    else for (let i = 0; i < length; i++) buf[at + i] = source[start + i]!;
    return this;
  }

  /** So many 32-bit integers from a place in a view, as they are: for less than a hundred bytes, `set` and the view it needs cost more. */
  ints(source: DataView, start: number, count: number): this {
    const at = this.reserve(count * 4);
    const { numbers } = this;
    for (let i = 0; i < count * 4; i += 4) numbers.setInt32(at + i, source.getInt32(start + i));
    return this;
  }

  /** Bytes of a view from `start` to `end`, as they are. */
  part(source: DataView, start: number, end: number): this {
    const wholeBytes = (end - start) & ~3;
    this.ints(source, start, wholeBytes >> 2);
    for (let i = start + wholeBytes; i < end; i++) this.int8(source.getInt8(i));
    return this;
  }

  /** Leaves room for a frame's length; pass what it returns to {@link endFrame}. */
  beginFrame(): number {
    return this.reserve(4);
  }

  /** Puts the number of bytes written since {@link beginFrame} into the room left there. */
  endFrame(lengthAt: number): this {
    this.numbers.setInt32(lengthAt, this.pos - lengthAt - 4);
    return this;
  }

  /** Overwrites 4 bytes written before, counted from the writer's start; nothing is checked. */
  patchInt32(at: number, value: number): this {
    this.numbers.setInt32(at, value);
    return this;
  }

  /** Overwrites 8 bytes written before, likewise. */
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

  /** What it writes into, from 0 up to its length: valid until the next write. */
  get store(): Buffer {
    return this.buf;
  }

  /** The same, for numbers. */
  get storeView(): DataView {
    return this.numbers;
  }

  /** What was written, as a view: valid until the next write. */
  view(from = 0): Buffer {
    return this.buf.subarray(from, this.pos);
  }

  /** Hands over what was written (not a copy) and starts with a fresh buffer. */
  take(): Buffer {
    const filled = this.buf.subarray(0, this.pos);
    this.detach();
    return filled;
  }

  /** Whether it has room of its own: one that was not written to has none. */
  get hasRoom(): boolean {
    return this.room !== NO_ROOM;
  }

  /** Goes on in this room. Nothing may have been written. */
  attach(room: WriterRoom): void {
    this.room = room;
    this.buf = room.bytes;
    this.numbers = room.numbers;
  }

  /** Forgets everything written and gives its room back; it takes no memory until the next write. */
  detach(): WriterRoom {
    const { room } = this;
    this.pos = 0;
    this.attach(NO_ROOM);
    return room;
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
    const bigger = new WriterRoom(Math.max(needed, this.buf.length * 2, this.initialBytes));
    if (this.pos > 0) this.buf.copy(bigger.bytes, 0, 0, this.pos);
    this.attach(bigger);
  }

  /** Writes a string of ASCII; returns its length, or -1 when it is none. */
  private ascii(value: string, at: number): number {
    const { buf } = this;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= ASCII_END) return -1;
      buf[at + i] = unit;
    }
    return value.length;
  }
}

/** Writes one ustring: for {@link JuteWriter.vector}. */
export function writeUstring(writer: JuteWriter, value: string | null): void {
  writer.ustring(value);
}
