import type { ConnectRequest, ConnectResponse } from '../protocol/connect.js';
import { connectRequestCodec, connectResponseCodec } from '../protocol/connect.js';
import { ErrorCode } from '../protocol/error-codes.js';
import { MarshallingError } from '../protocol/errors.js';
import { Xid } from '../protocol/event.js';
import type { FrameFault } from '../protocol/frame-splitter.js';
import { JuteReader } from '../protocol/jute-reader.js';
import { JuteWriter } from '../protocol/jute-writer.js';
import { OpCode } from '../protocol/op-codes.js';
import type { WatcherEvent } from '../protocol/watcher-event.js';
import { watcherEventCodec } from '../protocol/watcher-event.js';
import type { Zxid } from '../protocol/zxid.js';
import { ZXID_NONE } from '../protocol/zxid.js';
import type { ByteStream } from '../runtime/network.js';
import type { Runtime } from '../runtime/runtime.js';
import { authCodec } from '../protocol/auth.js';
import { Call } from './call.js';
import type { CallSpec } from './call.js';
import { settleCall, writeCall } from './call-codec.js';
import { Connection } from './connection.js';
import type { AuthPacketSpec, Credentials } from './credentials.js';
import { AuthFailedError, FrameTooLargeError, KeeperError, QueueFullError } from './errors.js';
import { Fifo } from '../runtime/fifo.js';
import type { RequestQueueLimits } from './request-queue.js';
import { RequestQueue } from './request-queue.js';

/** What the channel reports. */
export interface ChannelEvents {
  heard(nowMs: number): void;
  sent(nowMs: number): void;
  answered(sentAtMs: number, zxid: Zxid): void;
  connectAnswered(response: ConnectResponse): void;
  notified(event: WatcherEvent, zxid: Zxid | null): void;
  authFailed(error: AuthFailedError): void;
  /** The stream ended, or what came over it cannot be followed. */
  broken(why: string): void;
}

export interface ChannelOptions {
  readonly runtime: Runtime;
  readonly limits: RequestQueueLimits & { readonly frameBytesMax: number };
  readonly credentials: Credentials;
  readonly events: ChannelEvents;
}

const REPLY_HEADER_BYTES = 16;
/** What can be written can be read: an answer has more around the data than the request that wrote it had. */
const ANSWER_EXTRA_BYTES = 1024;

/** `restricted`: replies are read, but callers' requests are held back. */
type ChannelPhase = 'closed' | 'handshaking' | 'restricted' | 'open';

/**
 * Requests and their replies over whatever connection there is: calls wait while there is none, go out in order, and are
 * matched with replies by position, since that is what the protocol promises (client-protocol 3.4).
 */
export class RequestChannel {
  private readonly options: ChannelOptions;
  private readonly queue: RequestQueue;
  private readonly pingsSentAtMs = new Fifo<number>();
  private connection: Connection | null = null;
  private phase: ChannelPhase = 'closed';

  constructor(options: ChannelOptions) {
    this.options = options;
    this.queue = new RequestQueue(options.limits);
  }

  /** Takes over a fresh stream and begins the handshake. */
  connect(stream: ByteStream, request: ConnectRequest): void {
    const connection = new Connection(stream, {
      timers: this.options.runtime.timers,
      frameBytesMax: this.options.limits.frameBytesMax + ANSWER_EXTRA_BYTES,
      handlers: {
        heard: () => this.options.events.heard(this.nowMs()),
        frame: (buf, start, end) => this.onFrame(buf, start, end),
        fault: (fault) => this.onFault(fault),
        drained: () => this.pump(),
        closed: (error) => this.options.events.broken(error?.message ?? 'the server closed the connection'),
      },
    });
    this.connection = connection;
    this.phase = 'handshaking';
    const at = connection.writer.beginFrame();
    connectRequestCodec.write(connection.writer, request);
    connection.writer.endFrame(at);
    connection.wrote();
  }

  get isHandshaking(): boolean {
    return this.phase === 'handshaking';
  }

  /** Reads replies from now on, but sends only what it is told to send at once. */
  restrict(): void {
    this.phase = 'restricted';
  }

  /** Lets the callers' requests go, beginning with those that wait. */
  open(): void {
    this.phase = 'open';
    this.pump();
  }

  sendCredentials(): void {
    for (const credential of this.options.credentials.all()) this.sendAuth(credential);
  }

  hangUp(): void {
    this.connection?.destroy();
    this.connection = null;
    this.phase = 'closed';
    this.pingsSentAtMs.drain();
    this.options.credentials.detached();
  }

  /** Sends the call when its turn comes. */
  submit(call: Call): void {
    const { connection } = this;
    const isFree = this.phase === 'open' && connection !== null && !connection.congested;
    if (isFree && this.queue.hasWindow && !this.queue.hasWaiting) {
      this.transmit(call, connection);
      return;
    }
    const writer = new JuteWriter();
    if (!this.encode(call, writer)) return;
    call.frame = writer.take();
    if (!this.queue.wait(call)) this.refuse(call, new QueueFullError(call.errorDetails));
  }

  /** Sends ahead of what waits. Only while there is a connection. */
  sendNow(spec: CallSpec): void {
    const call = new Call(spec);
    if (this.connection === null) this.refuse(call, new KeeperError({ code: 'CLOSED', rc: -4, text: 'no connection' }));
    else this.transmit(call, this.connection);
  }

  sendPing(): void {
    const { connection } = this;
    if (connection === null) return;
    const nowMs = this.nowMs();
    const at = connection.writer.beginFrame();
    connection.writer.int32(Xid.ping).int32(OpCode.ping).endFrame(at);
    connection.wrote();
    this.pingsSentAtMs.push(nowMs);
    this.options.events.sent(nowMs);
  }

  /** On a connection that is past its handshake; a later one sends it with the others. */
  sendAuth(credential: AuthPacketSpec): void {
    const { connection } = this;
    if (connection === null || this.phase === 'handshaking') return;
    const { writer } = connection;
    const at = writer.beginFrame();
    writer.int32(Xid.auth).int32(OpCode.auth);
    authCodec.request.write(writer, { type: 0, ...credential });
    writer.endFrame(at);
    connection.wrote();
    this.options.credentials.sent(credential);
    this.options.events.sent(this.nowMs());
  }

  /** Sends what waits, as far as the window and the socket allow. */
  private pump(): void {
    const { connection } = this;
    while (connection !== null && this.phase === 'open' && !connection.congested) {
      if (!this.queue.hasWaiting || !this.queue.hasWindow) return;
      const call = this.queue.takeWaiting();
      if (call !== undefined) this.transmit(call, connection);
    }
  }

  /** The caller of the call wants no answer any more. */
  giveUp(call: Call, error: unknown): void {
    if (call.settled) return;
    call.reject(error);
    if (call.isSent) return;
    this.queue.abandon(call);
    call.spec.hook?.(null, false);
  }

  failInFlight(errorOf: (call: Call) => KeeperError): void {
    this.refuseAll(this.queue.takeAllInFlight(), errorOf);
  }

  failWaiting(errorOf: (call: Call) => KeeperError): void {
    this.refuseAll(this.queue.takeAllWaiting(), errorOf);
  }

  private refuseAll(calls: readonly Call[], errorOf: (call: Call) => KeeperError): void {
    for (const call of calls) this.refuse(call, errorOf(call));
  }

  private refuse(call: Call, error: KeeperError): void {
    call.spec.hook?.(null, false);
    call.reject(error);
  }

  private nowMs(): number {
    return this.options.runtime.clock.monotonicMs();
  }

  private transmit(call: Call, connection: Connection): void {
    const { writer } = connection;
    const start = writer.length;
    if (call.frame !== null) writer.bytes(call.frame);
    else if (!this.encode(call, writer)) return;
    const nowMs = this.nowMs();
    this.queue.send(call, nowMs);
    writer.patchInt32(start + 4, call.xid);
    connection.wrote();
    this.options.events.sent(nowMs);
  }

  /** False when the call cannot be sent, which it is told. */
  private encode(call: Call, writer: JuteWriter): boolean {
    const error = writeCall(call, writer, this.options.limits.frameBytesMax);
    if (error !== null) this.refuse(call, error);
    return error === null;
  }

  private onFrame(buf: Buffer, start: number, end: number): void {
    try {
      if (this.phase === 'handshaking') {
        this.options.events.connectAnswered(connectResponseCodec.read(new JuteReader(buf, start, end)));
      } else if (end - start < REPLY_HEADER_BYTES) {
        this.options.events.broken(`a reply of ${end - start} bytes has no header`);
      } else {
        this.onReply(new JuteReader(buf, start, end));
      }
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.options.events.broken(error.message);
    }
  }

  private onReply(reader: JuteReader): void {
    const xid = reader.int32();
    const zxid = reader.zxid();
    const rc = reader.int32();
    switch (xid) {
      case Xid.notification:
        this.options.events.notified(watcherEventCodec.read(reader), zxid > 0 ? zxid : null);
        return;
      case Xid.ping:
        this.onPingAnswered(rc);
        return;
      case Xid.auth:
        this.onAuthAnswered(rc);
        return;
      default:
        this.onCallAnswered(xid, { zxid, rc, reader });
    }
  }

  private onPingAnswered(rc: number): void {
    const sentAtMs = this.pingsSentAtMs.shift();
    if (rc === ErrorCode.OK && sentAtMs !== undefined) this.options.events.answered(sentAtMs, ZXID_NONE);
    else if (rc === ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH) this.onAuthDemanded();
  }

  private onAuthAnswered(rc: number): void {
    const error = this.options.credentials.answered(rc);
    if (error !== null) this.options.events.authFailed(error);
  }

  private onAuthDemanded(): void {
    const rc = ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH;
    this.options.events.authFailed(new AuthFailedError({ message: 'the server demands authentication', rc }));
  }

  private onCallAnswered(xid: number, reply: { zxid: Zxid; rc: number; reader: JuteReader }): void {
    const { zxid, rc, reader } = reply;
    const call = this.queue.answer(xid);
    if (call === undefined) {
      const expected = this.queue.oldestInFlight?.xid ?? 'none';
      this.options.events.broken(`a reply has xid ${xid}, expected ${expected}`);
      return;
    }
    this.options.events.answered(call.sentAtMs, zxid);
    settleCall(call, rc, reader);
    if (rc === ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH) this.onAuthDemanded();
    else this.pump();
  }

  /** A frame that is longer than we take would be so the next time as well: its call must not be tried again blindly. */
  private onFault(fault: FrameFault): void {
    const { frameBytesMax } = this.options.limits;
    const text = `an answer of ${fault.length} bytes exceeds limits.frameBytesMax of ${frameBytesMax}`;
    const call = fault.reason === 'tooLong' ? this.queue.oldestInFlight : undefined;
    if (call !== undefined) {
      call.reject(new FrameTooLargeError({ ...call.errorDetails, message: `${call.title}: ${text}` }));
    }
    this.options.events.broken(fault.reason === 'tooLong' ? text : `a frame claims ${fault.length} bytes`);
  }
}
