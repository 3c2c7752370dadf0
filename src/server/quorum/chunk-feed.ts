import type { ByteStream } from '../../runtime/index.js';

/** So much may wait to be taken before nothing more is read. */
const WAITING_BYTES_MAX = 1024 * 1024;

/** Chunks as they come from a connection, for whoever takes them at its own pace. */
export class ChunkFeed implements AsyncIterable<Buffer> {
  private readonly stream: ByteStream;
  private chunks: Buffer[] = [];
  private bytes = 0;
  private failure: Error | null = null;
  private wake: (() => void) | null = null;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.resume();
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes > WAITING_BYTES_MAX) this.stream.pause();
    this.tell();
  }

  fail(error: Error): void {
    this.failure = error;
    this.tell();
  }

  /** What nobody took. */
  takeLeft(): Buffer[] {
    const left = this.chunks;
    this.chunks = [];
    this.bytes = 0;
    return left;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk !== undefined) {
        this.bytes -= chunk.length;
        if (this.bytes <= WAITING_BYTES_MAX) this.stream.resume();
        yield chunk;
      } else if (this.failure !== null) {
        throw this.failure;
      } else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  private tell(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
