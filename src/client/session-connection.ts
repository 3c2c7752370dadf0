import { authCodec } from '../protocol/auth.js';
import type { ConnectRequest, ConnectResponse } from '../protocol/connect.js';
import { connectRequestCodec, connectResponseCodec } from '../protocol/connect.js';
import { MarshallingError } from '../protocol/errors.js';
import { Xid } from '../protocol/event.js';
import type { FrameFault } from '../protocol/frame-splitter.js';
import { JuteReader } from '../protocol/jute-reader.js';
import type { JuteWriter } from '../protocol/jute-writer.js';
import { OpCode } from '../protocol/op-codes.js';
import type { WatcherEvent } from '../protocol/watcher-event.js';
import { watcherEventCodec } from '../protocol/watcher-event.js';
import type { Zxid } from '../protocol/zxid.js';
import { ZXID_NONE } from '../protocol/zxid.js';
import type { ByteStream } from '../runtime/network.js';
import type { Runtime } from '../runtime/runtime.js';
import { Connection } from './connection.js';
import type { AuthPacketSpec, Credentials } from './credentials.js';
import { authDemandOf } from './error-from-reply.js';
import type { AuthFailedError } from './errors.js';

/** What a connection reports to the session. */
export interface SessionConnectionEvents {
  heard(nowMs: number): void;
  sent(nowMs: number): void;
  answered(sentAtMs: number, zxid: Zxid, isVouched: boolean): void;
  connectAnswered(response: ConnectResponse): void;
  notified(event: WatcherEvent, zxid: Zxid | null): void;
  authFailed(error: AuthFailedError): void;
  /** The stream ended, or what came over it cannot be followed. */
  broken(why: string): void;
}

/** One answer, valid while it is handed out: the next is put into the same object. */
export interface Reply {
  readonly xid: number;
  readonly zxid: Zxid;
  readonly rc: number;
  /** Stands behind the header. */
  readonly reader: JuteReader;
}

/** What a connection reports to whoever sends calls over it. */
export interface CallHandlers {
  replied(reply: Reply): void;
  /** How long an answer is taken that is longer than `frameBytesMax`. */
  longAnswerBytesMax(): number;
  /** The peer sent a length that cannot be; nothing more is read. */
  fault(fault: FrameFault): void;
  /** All that came in one piece was handed out. */
  caughtUp(): void;
  /** Everything written has left; there is room again. */
  drained(): void;
}

export interface SessionConnectionOptions {
  readonly runtime: Runtime;
  readonly frameBytesMax: number;
  readonly credentials: Credentials;
  readonly events: SessionConnectionEvents;
  readonly calls: CallHandlers;
}

const REPLY_HEADER_BYTES = 16;
const NOTHING = Buffer.alloc(0);

/**
 * What client and server say over one connection apart from calls: the handshake, then credentials, pings and
 * notifications (client-protocol 3.4). Calls share its frames; what they say is their sender's business.
 */
export class SessionConnection {
  private readonly options: SessionConnectionOptions;
  private readonly connection: Connection;
  private readonly reply = { xid: 0, zxid: ZXID_NONE, rc: 0, reader: new JuteReader(NOTHING) };
  private turnMs = 0;
  /** `restricted`: replies are read, but callers' requests are held back. */
  private phase: 'handshaking' | 'restricted' | 'open' | 'closed' = 'handshaking';

  constructor(stream: ByteStream, options: SessionConnectionOptions) {
    const { runtime, frameBytesMax, events, calls } = options;
    this.options = options;
    this.connection = new Connection(stream, {
      timers: runtime.timers,
      frameBytesMax,
      longFrameBytesMax: () => calls.longAnswerBytesMax(),
      handlers: {
        heard: () => events.heard(this.nowMs()),
        frame: (buf, start, end) => this.onFrame(buf, start, end),
        fault: (fault) => calls.fault(fault),
        caughtUp: () => calls.caughtUp(),
        drained: () => calls.drained(),
        closed: (error) => events.broken(error?.message ?? 'the server closed the connection'),
      },
    });
  }

  get isHandshaking(): boolean {
    return this.phase === 'handshaking';
  }

  /** Callers' requests may go, and the socket has room for them. */
  get takesCalls(): boolean {
    return this.phase === 'open' && !this.connection.congested;
  }

  /** Append whole frames here, then call {@link wrote}. */
  get writer(): JuteWriter {
    return this.connection.writer;
  }

  /**
   * When what is written now leaves. The clock is read once a turn, with the first request: early rather than late, as
   * the deadlines of leases want it.
   */
  sendingMs(): number {
    if (!this.connection.gathers) {
      this.turnMs = this.nowMs();
      this.options.events.sent(this.turnMs);
    }
    return this.turnMs;
  }

  wrote(): void {
    this.connection.wrote();
  }

  /** Reads replies from now on, but takes no calls of callers. */
  restrict(): void {
    this.phase = 'restricted';
  }

  open(): void {
    this.phase = 'open';
  }

  destroy(): void {
    this.phase = 'closed';
    this.connection.destroy();
  }

  shakeHands(request: ConnectRequest): void {
    const { writer } = this;
    const at = writer.beginFrame();
    connectRequestCodec.write(writer, request);
    writer.endFrame(at);
    this.connection.wrote();
  }

  sendPing(): void {
    const { writer } = this;
    const at = writer.beginFrame();
    writer.int32(Xid.ping).int32(OpCode.ping).endFrame(at);
    this.sendingMs();
    this.wrote();
  }

  sendCredentials(): void {
    for (const credential of this.options.credentials.all()) this.sendAuth(credential);
  }

  /** Past the handshake. */
  sendAuth(credential: AuthPacketSpec): void {
    const { writer } = this;
    const at = writer.beginFrame();
    writer.int32(Xid.auth).int32(OpCode.auth);
    authCodec.request.write(writer, { type: 0, ...credential });
    writer.endFrame(at);
    this.options.credentials.sent(credential);
    this.sendingMs();
    this.wrote();
  }

  private nowMs(): number {
    return this.options.runtime.clock.monotonicMs();
  }

  private onFrame(buf: Buffer, start: number, end: number): void {
    const { events } = this.options;
    const reader = this.reply.reader.turnTo(buf, start, end);
    try {
      if (this.isHandshaking) events.connectAnswered(connectResponseCodec.read(reader));
      else if (end - start < REPLY_HEADER_BYTES) events.broken(`a reply of ${end - start} bytes has no header`);
      else this.onReply(reader);
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      events.broken(error.message);
    }
  }

  private onReply(reader: JuteReader): void {
    const { events, calls } = this.options;
    const { reply } = this;
    reply.xid = reader.int32();
    reply.zxid = reader.zxid();
    reply.rc = reader.int32();
    switch (reply.xid) {
      case Xid.notification:
        return events.notified(watcherEventCodec.read(reader), reply.zxid > 0 ? reply.zxid : null);
      case Xid.ping:
        return this.onPingAnswered(reply.rc);
      case Xid.auth:
        return this.onAuthAnswered(reply.rc);
      default:
        return calls.replied(reply);
    }
  }

  private onPingAnswered(rc: number): void {
    const { events } = this.options;
    const demand = authDemandOf(rc);
    if (demand !== null) events.authFailed(demand);
  }

  private onAuthAnswered(rc: number): void {
    const error = this.options.credentials.answered(rc);
    if (error !== null) this.options.events.authFailed(error);
  }
}
