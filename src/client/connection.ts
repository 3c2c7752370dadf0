import type { FrameFault } from '../protocol/frame-splitter.js';
import { FrameSplitter } from '../protocol/frame-splitter.js';
import { JuteWriter } from '../protocol/jute-writer.js';
import type { ByteStream } from '../runtime/network.js';
import type { Timers } from '../runtime/timers.js';

export interface ConnectionHandlers {
  /** Bytes came in; before the frames in them are handed out. */
  heard(): void;
  /** One frame's payload, valid during the call. */
  frame(buf: Buffer, start: number, end: number): void;
  /** The peer sent a length that cannot be; nothing more is read. */
  fault(fault: FrameFault): void;
  /** All frames of a chunk were handed out. */
  caughtUp(): void;
  /** Everything written has left; there is room again. */
  drained(): void;
  /** The stream ended without our doing. */
  closed(error: Error | null): void;
}

export interface ConnectionOptions {
  readonly timers: Timers;
  readonly frameBytesMax: number;
  /** For a frame beyond that: how long the one may be that is to come next. */
  readonly longFrameBytesMax?: () => number;
  readonly handlers: ConnectionHandlers;
}

/** Handed to the socket before the turn ends once this much is gathered. */
const FLUSH_BYTES = 64 * 1024;
/** Fits into any socket that is empty, without filling it. */
const LENT_BYTES_MAX = 8 * 1024;
/** Room for the calls of one turn, when they are some tens of reads. */
const WRITE_BYTES = 4096;
/** Room that has grown beyond this, for a call that was too long to be sent, is not kept. */
const KEPT_BYTES_MAX = 64 * 1024;

/**
 * Frames over one stream. What is written in one turn of the event loop goes out in one write; once closed, it calls
 * no handler any more.
 */
export class Connection {
  /** Append whole frames here, then call {@link wrote}. */
  readonly writer = new JuteWriter(WRITE_BYTES);
  private readonly stream: ByteStream;
  private readonly options: ConnectionOptions;
  private readonly splitter: FrameSplitter;
  private flushPending = false;
  private isCongested = false;
  private isOpen = true;

  constructor(stream: ByteStream, options: ConnectionOptions) {
    this.stream = stream;
    this.options = options;
    this.splitter = new FrameSplitter(options.frameBytesMax, options.longFrameBytesMax);
    stream.listen({
      data: (chunk) => this.onData(chunk),
      drain: () => this.onDrain(),
      end: () => this.onClose(null),
      close: (error) => this.onClose(error),
    });
  }

  /** The peer reads more slowly than we write: hold back until `drained`. */
  get congested(): boolean {
    return this.isCongested;
  }

  /** Something was written in this turn, and waits for its end. */
  get gathers(): boolean {
    return this.flushPending;
  }

  wrote(): void {
    if (this.writer.length >= FLUSH_BYTES) {
      this.flush();
    } else if (!this.flushPending) {
      this.flushPending = true;
      this.options.timers.atTurnEnd(this.onTurnEnd);
    }
  }

  /** Sends what was written, then closes. */
  end(): void {
    if (!this.isOpen) return;
    this.flush();
    this.isOpen = false;
    this.stream.end();
  }

  destroy(): void {
    this.isOpen = false;
    this.stream.destroy();
  }

  private readonly onTurnEnd = (): void => {
    this.flushPending = false;
    if (this.isOpen) this.flush();
  };

  private flush(): void {
    const { writer, stream } = this;
    if (writer.length === 0) return;
    if (writer.length <= LENT_BYTES_MAX && stream.bufferedBytes === 0) this.lend();
    else if (!stream.write(writer.take())) this.isCongested = true;
  }

  /** Mostly the buffer comes back, and need not be made anew when answers come one by one. */
  private lend(): void {
    const isFree = this.stream.lend(this.writer.view());
    const room = this.writer.detach();
    if (isFree && room.bytes.length <= KEPT_BYTES_MAX) this.writer.attach(room);
  }

  private readonly onFrame = (buf: Buffer, start: number, end: number): boolean => {
    this.options.handlers.frame(buf, start, end);
    return this.isOpen;
  };

  private onData(chunk: Buffer): void {
    if (!this.isOpen) return;
    this.options.handlers.heard();
    const fault = this.splitter.push(chunk, this.onFrame);
    if (!this.isOpen) return;
    if (fault === null) this.options.handlers.caughtUp();
    else this.options.handlers.fault(fault);
  }

  private onDrain(): void {
    this.isCongested = false;
    if (this.isOpen) this.options.handlers.drained();
  }

  private onClose(error: Error | null): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.stream.destroy();
    this.options.handlers.closed(error);
  }
}
