const EMPTY = Buffer.alloc(0);
const BYTES_MIN = 64;

/**
 * The start of a frame or packet that a chunk has cut, in a buffer of its own. It grows with what has really come, never with
 * what a length claims.
 */
export class CutBytes {
  /** The first {@link length} bytes of it. */
  bytes: Buffer = EMPTY;
  length = 0;

  append(chunk: Buffer, from: number, to: number): void {
    const needed = this.length + to - from;
    if (needed > this.bytes.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2, BYTES_MIN));
      this.bytes.copy(bigger, 0, 0, this.length);
      this.bytes = bigger;
    }
    chunk.copy(this.bytes, this.length, from, to);
    this.length = needed;
  }

  /** Whoever gets the buffer has it to himself. */
  take(): Buffer {
    const { bytes } = this;
    this.bytes = EMPTY;
    this.length = 0;
    return bytes;
  }
}
