import type { Socket } from 'node:net';
import { connect } from 'node:net';

/** A bare TCP connection to a server under test: sends what it is told, hands out what comes, in order. */
export class WireConnection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    // A reset is a close like any other; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static open(port: number): Promise<WireConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      const failed = (error: NodeJS.ErrnoException): void => {
        // Let in and closed before the connection was looked at: a connection that the server closed, like another.
        if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve(new WireConnection(socket));
        else reject(error);
      };
      socket.once('error', failed);
      socket.once('connect', () => {
        socket.off('error', failed);
        resolve(new WireConnection(socket));
      });
    });
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** What came and was not asked for yet. */
  get unread(): Buffer {
    return this.#received;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** The next whole frame, length prefix included; null when the server closes first. */
  async frame(timeoutMs: number): Promise<Buffer | null> {
    await this.#until(() => this.#wholeFrameBytes() > 0 || this.#closed, 'a frame', timeoutMs);
    const length = this.#wholeFrameBytes();
    return length === 0 ? null : this.#take(length);
  }

  /** Gives a frame back: it is the next one again. */
  putBack(frame: Buffer): void {
    this.#received = Buffer.concat([frame, this.#received]);
  }

  /** Everything up to the server's close. */
  async untilClosed(timeoutMs: number): Promise<Buffer> {
    await this.#until(() => this.#closed, 'the server to close', timeoutMs);
    return this.#take(this.#received.length);
  }

  /** Waits that long for any byte or a close; true when there was none. */
  async isSilent(ms: number): Promise<boolean> {
    const heard = (): boolean => this.#received.length > 0 || this.#closed;
    await this.#until(heard, 'anything', ms).catch(() => undefined);
    return !heard();
  }

  /** Says that nothing more will be sent; what the server still says is heard. */
  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
    this.#closed = true;
  }

  #take(length: number): Buffer {
    const bytes = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return bytes;
  }

  /** Length of the first frame with its prefix, 0 while it is not whole. */
  #wholeFrameBytes(): number {
    if (this.#received.length < 4) return 0;
    const total = 4 + this.#received.readInt32BE(0);
    return this.#received.length >= total ? total : 0;
  }

  async #until(reached: () => boolean, what: string, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!reached()) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        throw new Error(`waited ${timeoutMs} ms for ${what}; unread: ${this.#received.toString('hex') || 'nothing'}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
