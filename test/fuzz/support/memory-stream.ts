import type { ByteStream, ByteStreamHandlers } from '../../../src/runtime/index.js';

/** What a chunk is overwritten with once it was handed out: whoever kept a view of it is found out. */
const SCRIBBLE = 0xee;

/** The client's end of a connection, whichever way it goes. */
export interface Peer {
  /** Told of everything the server sends. */
  onBytes: (bytes: Buffer) => void;
  readonly isClosed: boolean;
  send(bytes: Buffer): void;
  /** Says that nothing more will be sent. */
  finish(): void;
  /** Closes at once. */
  hangUp(): void;
  /** Stops reading what the server sends, or reads on. */
  stall(stalled: boolean): void;
}

/** Both ends of a connection in memory. Bytes to the server wait until `pump`; those to the client arrive at once. */
export class MemoryStream implements ByteStream, Peer {
  readonly remoteAddress = '10.0.0.1';
  readonly remotePort: number;
  readonly localPort = 2181;
  readonly encrypted = false;
  readonly peerCertificateSubject = null;
  onBytes: (bytes: Buffer) => void = () => undefined;
  private handlers: ByteStreamHandlers | null = null;
  private readonly incoming: Buffer[] = [];
  private readonly unread: Buffer[] = [];
  private unreadBytes = 0;
  private isPaused = false;
  private isStalled = false;
  private isFinished = false;
  private isEnded = false;
  private closed = false;

  constructor(remotePort: number) {
    this.remotePort = remotePort;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get bufferedBytes(): number {
    return this.unreadBytes;
  }

  listen(handlers: ByteStreamHandlers): void {
    this.handlers = handlers;
  }

  write(bytes: Buffer): boolean {
    if (this.closed) return true;
    if (!this.isStalled) {
      this.onBytes(bytes);
      return true;
    }
    this.unread.push(bytes);
    this.unreadBytes += bytes.length;
    return false;
  }

  lend(bytes: Buffer): boolean {
    if (this.isStalled) return this.write(bytes);
    this.write(Buffer.from(bytes));
    return true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.close();
  }

  send(bytes: Buffer): void {
    if (bytes.length > 0) this.incoming.push(bytes);
  }

  finish(): void {
    this.isFinished = true;
  }

  hangUp(): void {
    this.close();
  }

  stall(stalled: boolean): void {
    this.isStalled = stalled;
    if (stalled || this.closed) return;
    for (const bytes of this.unread.splice(0)) this.onBytes(bytes);
    this.unreadBytes = 0;
    this.handlers?.drain?.();
  }

  /** Hands the server what it has not read. True when anything happened. */
  pump(): boolean {
    const { handlers } = this;
    if (handlers === null || this.closed) return false;
    let happened = false;
    for (let chunk = this.next(); chunk !== undefined; chunk = this.next()) {
      happened = true;
      const own = Buffer.from(chunk);
      handlers.data(own);
      own.fill(SCRIBBLE);
    }
    if (this.isFinished && this.incoming.length === 0 && !this.closed && !this.isPaused) {
      this.isFinished = false;
      happened = true;
      handlers.end?.();
    }
    if (this.isEnded && this.unread.length === 0) {
      happened = true;
      this.close();
    }
    return happened;
  }

  private next(): Buffer | undefined {
    return this.isPaused || this.closed || this.isEnded ? undefined : this.incoming.shift();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.incoming.length = 0;
    this.handlers?.close(null);
  }
}
