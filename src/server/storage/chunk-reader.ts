import { adler32 } from '../../protocol/checksum.js';

/** The stream ended before what was asked for. */
class TruncatedError extends Error {
  override readonly name = 'TruncatedError';
}

/**
 * A sliding window over a stream of chunks. It holds what has arrived and was not consumed, never what a length field
 * merely claims, and keeps the running Adler-32 of everything consumed.
 */
export class ChunkReader {
  private readonly source: AsyncIterator<Buffer>;
  private window: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;
  private consumedBefore = 0;
  private sum = 1;
  private summedTo = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** Bytes that are there. */
  get available(): number {
    return this.end - this.start;
  }

  /** Bytes consumed since the start of the stream. */
  get position(): number {
    return this.consumedBefore + this.start;
  }

  /** Adler-32 of all bytes consumed. */
  get checksum(): number {
    this.sumUp();
    return this.sum;
  }

  /** What is there, as a view: valid until the next wait. */
  peek(): Buffer {
    return this.window.subarray(this.start, this.end);
  }

  skip(bytes: number): void {
    if (bytes > this.available) throw new RangeError(`${bytes} bytes skipped, ${this.available} there`);
    this.start += bytes;
  }

  /** Waits for one more chunk; false at the end of the stream. */
  async more(): Promise<boolean> {
    const next = await this.source.next();
    if (next.done === true) return false;
    this.sumUp();
    this.makeRoom(next.value.length);
    next.value.copy(this.window, this.end);
    this.end += next.value.length;
    return true;
  }

  /** Waits until so many bytes are there; throws a TruncatedError at the end of the stream. */
  async need(bytes: number): Promise<void> {
    while (this.available < bytes) {
      if (!(await this.more())) throw new TruncatedError('it ends in the middle of a record');
    }
  }

  async int32(): Promise<number> {
    if (this.available < 4) await this.need(4);
    const value = this.window.readInt32BE(this.start);
    this.start += 4;
    return value;
  }

  async int64(): Promise<bigint> {
    if (this.available < 8) await this.need(8);
    const value = this.window.readBigInt64BE(this.start);
    this.start += 8;
    return value;
  }

  /** Gives the source back before its end. */
  async close(): Promise<void> {
    await this.source.return?.();
  }

  private sumUp(): void {
    if (this.summedTo < this.start) this.sum = adler32(this.window.subarray(this.summedTo, this.start), this.sum);
    this.summedTo = this.start;
  }

  private makeRoom(bytes: number): void {
    if (this.end + bytes <= this.window.length) return;
    const left = this.end - this.start;
    const enough = left + bytes <= this.window.length && this.start >= this.window.length / 2;
    const target = enough ? this.window : Buffer.allocUnsafeSlow(Math.max(left + bytes, 2 * this.window.length));
    this.window.copy(target, 0, this.start, this.end);
    this.consumedBefore += this.start;
    this.window = target;
    this.start = 0;
    this.summedTo = 0;
    this.end = left;
  }
}
