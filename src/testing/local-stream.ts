import type { ByteStream, ByteStreamHandlers, Timers } from '../runtime/index.js';

/** Unread bytes above which the sender is told to wait. */
const WAITING_BYTES_MAX = 256 * 1024;

/** One end of a connection within this process: what is written into one comes out of the other, a turn later. */
export class LocalStream implements ByteStream {
  readonly remoteAddress = '127.0.0.1';
  readonly encrypted = false;
  readonly peerCertificateSubject = null;
  readonly remotePort: number;
  readonly localPort: number;
  private readonly timers: Timers;
  private other: LocalStream | null = null;
  private handlers: ByteStreamHandlers | null = null;
  /** Came, and was not handed over. */
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private isPaused = false;
  private isScheduled = false;
  private sawEnd = false;
  private isEnded = false;
  private isClosed = false;
  private isThirsty = false;

  private constructor(ports: { local: number; remote: number }, timers: Timers) {
    this.localPort = ports.local;
    this.remotePort = ports.remote;
    this.timers = timers;
  }

  /** Both ends. */
  static pair(port: number, timers: Timers): [caller: LocalStream, called: LocalStream] {
    const caller = new LocalStream({ local: 0, remote: port }, timers);
    const called = new LocalStream({ local: port, remote: 0 }, timers);
    caller.other = called;
    called.other = caller;
    return [caller, called];
  }

  get bufferedBytes(): number {
    return this.other?.waitingBytes ?? 0;
  }

  listen(handlers: ByteStreamHandlers): void {
    this.handlers = handlers;
    this.schedule();
  }

  write(bytes: Buffer): boolean {
    const { other } = this;
    if (this.isEnded || other === null || other.isClosed) return true;
    other.waiting.push(bytes);
    other.waitingBytes += bytes.length;
    other.schedule();
    if (other.waitingBytes <= WAITING_BYTES_MAX) return true;
    this.isThirsty = true;
    return false;
  }

  lend(bytes: Buffer): boolean {
    this.write(Buffer.from(bytes));
    return true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.schedule();
  }

  end(): void {
    if (this.isEnded || this.isClosed) return;
    this.isEnded = true;
    this.other?.schedule();
    this.schedule();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isEnded = true;
    this.waiting = [];
    this.waitingBytes = 0;
    this.close();
    this.other?.schedule();
  }

  private schedule(): void {
    if (this.isScheduled || this.isClosed) return;
    this.isScheduled = true;
    this.timers.atTurnEnd(() => {
      this.isScheduled = false;
      this.deliver();
    });
  }

  private deliver(): void {
    const { handlers, other } = this;
    if (handlers === null || this.isClosed) return;
    while (!this.isPaused && this.waiting.length > 0) {
      const chunk = this.waiting.shift()!;
      this.waitingBytes -= chunk.length;
      handlers.data(chunk);
    }
    if (other !== null && other.isThirsty && this.waitingBytes === 0) {
      other.isThirsty = false;
      other.handlers?.drain?.();
    }
    if (this.waiting.length > 0 || other === null || !other.isEnded) return;
    if (!this.sawEnd) {
      this.sawEnd = true;
      handlers.end?.();
    }
    if (this.isEnded || other.isClosed) this.close();
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.handlers?.close(null);
    this.other?.schedule();
  }
}
