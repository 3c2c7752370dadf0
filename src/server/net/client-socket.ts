import type { ConnectRequest } from '../../protocol/connect.js';
import { connectRequestCodec } from '../../protocol/connect.js';
import { MarshallingError } from '../../protocol/errors.js';
import type { FrameFault, FrameHandler } from '../../protocol/frame-splitter.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { ByteStream, Timer } from '../../runtime/index.js';
import { ClientLink } from '../pipeline/client-link.js';
import type { LinkTransport } from '../pipeline/client-link.js';
import type { Flushable, FlushQueue } from './flush-queue.js';
import { WordReader } from './word-reader.js';

/** What a socket hands on: implemented by whoever drives the pipeline. */
export interface SocketOwner {
  connect(link: ClientLink, request: ConnectRequest): void;
  /** Frames are about to be submitted. */
  heard(link: ClientLink): void;
  submit(link: ClientLink, buf: Buffer, start: number, end: number): void;
  /** All frames of a chunk were submitted. True: nobody else has spoken lately, so what there is to send may go at once. */
  handled(socket: ClientSocket): boolean;
  /** A request has been handed on and waits: time to see whether reading must stop for a while. */
  submitted(socket: ClientSocket): void;
  /** A four-letter word: its answer, after which the connection closes; null closes at once. */
  word(word: string, argument: Buffer | null, socket: ClientSocket): Promise<string | null> | string | null;
  /** A word could not be answered; the connection is to be closed. */
  wordFailed(socket: ClientSocket, error: unknown): void;
  /** A length prefix that no frame can have. */
  badFrame(socket: ClientSocket, length: number): void;
}

export interface ClientSocketOptions {
  readonly frameBytesMax: number;
  /** Unsent bytes above which nothing more is read from this client. */
  readonly unsentBytesMax: number;
  readonly flushQueue: FlushQueue;
}

/** Why a socket is not being read. */
const Pause = { handshake: 1, throttle: 2, unsent: 4, stopping: 8 } as const;

/** One client connection: bytes to frames to the pipeline, and answers back, one write a turn. */
export class ClientSocket implements LinkTransport, Flushable {
  readonly link: ClientLink;
  readonly stream: ByteStream;
  /** Called once, when the connection is gone. */
  onClosed: () => void = () => undefined;
  private readonly owner: SocketOwner;
  private readonly options: ClientSocketOptions;
  private readonly frames: FrameSplitter;
  private words: WordReader | null = new WordReader();
  private phase: 'fresh' | 'connecting' | 'open' | 'closed' = 'fresh';
  private pauses = 0;
  private isEnding = false;
  private patience: Timer | null = null;
  private isAnsweringWord = false;
  /** Bytes that the stream held when last asked: they grow with a flush only, and shrink unseen until it drains. */
  private unsentBytes = 0;

  constructor(stream: ByteStream, owner: SocketOwner, options: ClientSocketOptions) {
    this.stream = stream;
    this.owner = owner;
    this.options = options;
    this.frames = new FrameSplitter(options.frameBytesMax);
    const { remoteAddress, remotePort, encrypted, peerCertificateSubject } = stream;
    this.link = new ClientLink(
      { remoteAddress, remotePort, encrypted, certificateSubject: peerCertificateSubject },
      this,
    );
    stream.listen({
      data: (chunk) => this.onData(chunk),
      drain: () => this.onDrain(),
      end: () => this.onEnd(),
      close: () => this.onClose(),
    });
  }

  /** Closes the connection unless it has asked for a session before this timer fires (client-protocol 2.3). */
  expectHandshake(timer: Timer): void {
    this.patience = timer;
  }

  get isRead(): boolean {
    return this.pauses === 0;
  }

  get hasUnsent(): boolean {
    return this.stream.bufferedBytes > 0;
  }

  flushSoon(): void {
    const { out } = this.link;
    const { flushQueue } = this.options;
    if (!out.hasRoom) out.attach(flushQueue.takeRoom());
    flushQueue.add(this);
  }

  flush(): void {
    const { out } = this.link;
    if (this.phase !== 'closed' && out.length > 0) this.send(out);
    else if (out.hasRoom) this.options.flushQueue.giveRoom(out.detach());
  }

  readOn(): void {
    this.phase = 'open';
    this.resume(Pause.handshake);
  }

  close(): void {
    this.isEnding = true;
    if (this.link.out.length === 0) this.stream.end();
  }

  /** Reads nothing more, ever: the server stops. */
  stopReading(): void {
    this.pause(Pause.stopping);
  }

  setThrottled(throttled: boolean): void {
    if (throttled) this.pause(Pause.throttle);
    else this.resume(Pause.throttle);
  }

  private send(out: JuteWriter): void {
    const isFree = this.stream.lend(out.view());
    const room = out.detach();
    if (isFree) this.options.flushQueue.giveRoom(room);
    this.unsentBytes = isFree ? 0 : this.stream.bufferedBytes;
    if (this.isEnding) this.stream.end();
    else this.checkUnsent();
  }

  private onData(chunk: Buffer): void {
    if (this.phase === 'closed' || this.isEnding) return;
    if (this.words === null) return this.onFrames(chunk);
    const found = this.words.push(chunk);
    if (found.kind === 'more') return;
    this.words = null;
    if (found.kind === 'word')
      this.answerWord(found.word, found.argument).catch((error: unknown) => this.owner.wordFailed(this, error));
    else this.handle(this.frames.push(found.bytes, this.onFrame));
  }

  private onFrames(chunk: Buffer): void {
    const { flushQueue } = this.options;
    let atOnce = false;
    flushQueue.hold();
    try {
      this.owner.heard(this.link);
      this.handle(this.frames.push(chunk, this.onFrame));
      atOnce = this.owner.handled(this);
    } finally {
      flushQueue.release(atOnce);
    }
  }

  private handle(fault: FrameFault | null): void {
    if (fault === null) return;
    this.owner.badFrame(this, fault.length);
    this.link.close();
  }

  /** One frame at a time: whatever a single chunk asks for, reading stops as soon as there is a reason to. */
  private readonly onFrame: FrameHandler = (buf, start, end) => {
    if (this.phase === 'open') {
      this.owner.submit(this.link, buf, start, end);
      if (this.link.stats.outstanding > 0) this.owner.submitted(this);
      this.checkUnsent();
    } else if (this.phase === 'fresh') {
      this.onConnect(buf, start, end);
    }
    return this.pauses === 0 && !this.link.closed;
  };

  private onConnect(buf: Buffer, start: number, end: number): void {
    let request: ConnectRequest;
    try {
      request = connectRequestCodec.read(new JuteReader(buf, start, end));
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.link.close();
      return;
    }
    this.patience?.cancel();
    this.phase = 'connecting';
    this.pause(Pause.handshake);
    this.owner.connect(this.link, request);
  }

  private async answerWord(word: string, argument: Buffer | null): Promise<void> {
    this.patience?.cancel();
    this.isAnsweringWord = true;
    this.link.stats.received++;
    const text = await this.owner.word(word, argument, this);
    if (text === null) return this.link.close();
    if (text.length > 0) this.stream.write(Buffer.from(text));
    this.link.closed = true;
    this.stream.end();
  }

  /** Answers that the client does not fetch must not pile up. */
  private checkUnsent(): void {
    if (this.link.out.length + this.unsentBytes > this.options.unsentBytesMax) this.pause(Pause.unsent);
    else if (this.pauses !== 0) this.resume(Pause.unsent);
  }

  private onDrain(): void {
    this.unsentBytes = this.stream.bufferedBytes;
    this.checkUnsent();
  }

  private pause(reason: number): void {
    if (this.pauses === 0) this.stream.pause();
    this.pauses |= reason;
  }

  private resume(reason: number): void {
    if ((this.pauses & reason) === 0) return;
    this.pauses &= ~reason;
    if (this.pauses !== 0 || this.phase === 'closed' || this.link.closed) return;
    this.owner.heard(this.link);
    this.handle(this.frames.proceed(this.onFrame));
    if (this.isRead) this.stream.resume();
  }

  /** Who asks by `echo mntr | nc` has said all there is to say, and waits. */
  private onEnd(): void {
    if (!this.isAnsweringWord) this.stream.end();
  }

  private onClose(): void {
    this.phase = 'closed';
    this.patience?.cancel();
    this.onClosed();
  }
}
