import { MarshallingError } from '../../protocol/errors.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import { PacketSplitter } from '../../protocol/quorum/packet-splitter.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import type { ByteStream } from '../../runtime/index.js';
import type { Flushable, FlushQueue } from '../net/flush-queue.js';
import { ChunkFeed } from './chunk-feed.js';

export interface PeerLinkHandlers {
  /** Return false to stop: {@link PeerLink.proceed}, or {@link PeerLink.takeStream}, goes on. */
  packet(packet: PacketView): boolean;
  /** All packets of a chunk were handed over. */
  handled(): void;
  /** Exactly once. */
  closed(reason: string): void;
}

export interface PeerLinkOptions {
  /** Longest data of a packet. */
  readonly fieldBytesMax: number;
  readonly flushQueue: FlushQueue;
}

/** A connection on the quorum port: packets in, packets out, one write a turn. */
export class PeerLink implements Flushable {
  readonly stream: ByteStream;
  private readonly flushQueue: FlushQueue;
  private readonly handlers: PeerLinkHandlers;
  private readonly splitter: PacketSplitter;
  private readonly writer = new JuteWriter();
  private feed: ChunkFeed | null = null;
  private isStopped = false;
  private isQueued = false;
  /** A stream of other bytes is on its way: packets wait behind it. */
  private isStreaming = false;
  private isClosed = false;

  constructor(stream: ByteStream, options: PeerLinkOptions, handlers: PeerLinkHandlers) {
    this.stream = stream;
    this.flushQueue = options.flushQueue;
    this.handlers = handlers;
    this.splitter = new PacketSplitter(options);
    stream.listen({
      data: (chunk) => this.onData(chunk),
      drain: () => this.drained(),
      end: () => this.close('it has ended the connection'),
      close: (error) => this.close(error === null ? 'the connection is closed' : error.message),
    });
  }

  /** What is sent when the turn ends: write into it, then {@link flushSoon}. */
  get out(): JuteWriter {
    if (!this.writer.hasRoom) this.writer.attach(this.flushQueue.takeRoom());
    return this.writer;
  }

  get hasClosed(): boolean {
    return this.isClosed;
  }

  flushSoon(): void {
    if (this.isQueued || this.isClosed) return;
    this.isQueued = true;
    this.flushQueue.add(this);
  }

  flush(): void {
    this.isQueued = false;
    if (this.isClosed || this.isStreaming || this.writer.length === 0) return;
    this.send();
  }

  /** Hands over what a handler left. */
  proceed(): void {
    if (this.isClosed || !this.isStopped) return;
    this.isStopped = false;
    this.hand(() => this.splitter.proceed(this.onPacket));
    if (!this.isStopped) this.stream.resume();
  }

  /** What follows the packet at which the handler stopped is no packet: until {@link endStream} it comes this way. */
  takeStream(): AsyncIterable<Buffer> {
    const feed = new ChunkFeed(this.stream);
    feed.push(this.splitter.takeRest());
    this.feed = feed;
    return feed;
  }

  /** Packets follow; they begin with these bytes. */
  endStream(rest: Buffer): void {
    const left = this.feed?.takeLeft() ?? [];
    this.feed = null;
    if (this.isClosed) return;
    this.isStopped = false;
    this.hand(() => {
      for (const chunk of [rest, ...left]) this.pushOn(chunk);
    });
    if (!this.isStopped) this.stream.resume();
  }

  /** Sends these, with what was written before; what is written meanwhile follows. Rejects when the connection breaks. */
  async sendStream(chunks: AsyncIterable<Buffer>): Promise<void> {
    if (this.writer.length > 0 && !this.isClosed) this.send();
    this.isStreaming = true;
    try {
      for await (const chunk of chunks) {
        if (this.isClosed) throw new Error('the connection broke while the snapshot was sent');
        if (!this.stream.write(chunk)) await this.untilDrained();
      }
    } finally {
      this.isStreaming = false;
    }
    this.flushSoon();
  }

  /** Closes at once; the handler is told. */
  close(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stream.destroy();
    this.feed?.fail(new Error(reason));
    this.drained();
    this.handlers.closed(reason);
  }

  /** Sends what was written, then closes. */
  end(reason: string): void {
    if (this.isClosed) return;
    if (this.writer.length > 0 && !this.isStreaming) this.send();
    this.isClosed = true;
    this.stream.end();
    this.feed?.fail(new Error(reason));
    this.drained();
    this.handlers.closed(reason);
  }

  private send(): void {
    const isFree = this.stream.lend(this.writer.view());
    const room = this.writer.detach();
    if (isFree) this.flushQueue.giveRoom(room);
  }

  private whenDrained: (() => void) | null = null;

  private untilDrained(): Promise<void> {
    return new Promise((resolve) => {
      this.whenDrained = resolve;
    });
  }

  private drained(): void {
    const tell = this.whenDrained;
    this.whenDrained = null;
    tell?.();
  }

  private onData(chunk: Buffer): void {
    if (this.isClosed) return;
    if (this.feed !== null) return this.feed.push(Buffer.from(chunk));
    this.hand(() => this.pushOn(chunk));
  }

  /** Behind a handler that has stopped, chunks are kept. */
  private pushOn(chunk: Buffer): void {
    if (this.isStopped) this.splitter.keep(chunk);
    else this.splitter.push(chunk, this.onPacket);
  }

  private hand(how: () => void): void {
    this.flushQueue.hold();
    try {
      how();
      if (!this.isClosed) this.handlers.handled();
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.close(`it sends what is no packet: ${error.message}`);
    } finally {
      this.flushQueue.release(false);
    }
  }

  private readonly onPacket = (packet: PacketView): boolean => {
    if (this.isClosed) return false;
    const goOn = this.handlers.packet(packet);
    if (!goOn && !this.isStopped) {
      this.isStopped = true;
      this.stream.pause();
    }
    return goOn && !this.isClosed;
  };
}
