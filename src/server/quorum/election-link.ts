import { FrameSplitter } from '../../protocol/frame-splitter.js';
import type { InitialMessage } from '../../protocol/quorum/initial-message.js';
import { readInitialMessage } from '../../protocol/quorum/initial-message.js';
import { MarshallingError } from '../../protocol/errors.js';
import type { ByteStream } from '../../runtime/index.js';

/** Longest message on an election connection; every one has at least a byte. */
const FRAME_BYTES_MAX = 524_288;
const EMPTY = Buffer.alloc(0);

export interface ElectionLinkEvents {
  /** Whoever has called says who it is: first, and once. */
  introduced(message: InitialMessage): void;
  /** Valid until it returns. */
  message(buf: Buffer, start: number, end: number): void;
  /** What was sent has left. */
  drained(): void;
  /** By the other side, or because it does not speak the protocol; once. Null: it has just ended. */
  closed(error: Error | null): void;
}

/** A connection between two election ports: an initial message by who has called, then frames both ways. */
export class ElectionLink {
  private readonly stream: ByteStream;
  private readonly events: ElectionLinkEvents;
  private readonly splitter = new FrameSplitter(FRAME_BYTES_MAX);
  /** What came of the initial message; null: it is not awaited. */
  private introduction: Buffer | null;
  private isBlocked = false;
  private isOver = false;

  /** @param caller who opened the connection: they introduce themselves, we have done so */
  constructor(stream: ByteStream, caller: 'they' | 'we', events: ElectionLinkEvents) {
    this.stream = stream;
    this.events = events;
    this.introduction = caller === 'they' ? EMPTY : null;
    stream.listen({
      data: (chunk) => this.take(chunk),
      drain: () => this.drained(),
      end: () => this.over(null),
      close: (error) => this.over(error),
    });
  }

  get remote(): string {
    return `${this.stream.remoteAddress}:${this.stream.remotePort}`;
  }

  /** Whether what is sent now leaves at once. Otherwise it is better kept, and replaced by what is newer. */
  get isReady(): boolean {
    return !this.isOver && !this.isBlocked;
  }

  send(bytes: Buffer): void {
    this.isBlocked = !this.stream.write(bytes);
  }

  /** Says no more, once everything said has left. Nothing is heard any more. */
  end(): void {
    this.isOver = true;
    this.stream.end();
  }

  /** At once, and silently. */
  destroy(): void {
    this.isOver = true;
    this.stream.destroy();
  }

  private drained(): void {
    this.isBlocked = false;
    if (!this.isOver) this.events.drained();
  }

  private over(error: Error | null): void {
    if (this.isOver) return;
    this.destroy();
    this.events.closed(error);
  }

  private take(chunk: Buffer): void {
    if (this.isOver) return;
    try {
      const frames = this.introduction === null ? chunk : this.introduce(this.introduction, chunk);
      if (frames !== null && frames.length > 0) this.split(frames);
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.over(error);
    }
  }

  /** Returns what follows the initial message; null: it is not all there. */
  private introduce(before: Buffer, chunk: Buffer): Buffer | null {
    const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
    const read = readInitialMessage(bytes);
    if (read === null) {
      this.introduction = Buffer.from(bytes);
      return null;
    }
    this.introduction = null;
    this.events.introduced(read.message);
    return bytes.subarray(read.end);
  }

  private split(chunk: Buffer): void {
    const fault = this.splitter.push(chunk, (buf, start, end) => {
      if (start === end) throw new MarshallingError('a message on an election connection is empty');
      if (!this.isOver) this.events.message(buf, start, end);
      return !this.isOver;
    });
    if (fault !== null) throw new MarshallingError(`a message of ${fault.length} bytes on an election connection`);
  }
}
