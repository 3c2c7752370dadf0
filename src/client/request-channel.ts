import type { ConnectRequest } from '../protocol/connect.js';
import { ErrorCode } from '../protocol/error-codes.js';
import type { FrameFault } from '../protocol/frame-splitter.js';
import { JuteWriter } from '../protocol/jute-writer.js';
import { OpCode } from '../protocol/op-codes.js';
import type { RequestOf, RequestOp } from '../protocol/request-codec.js';
import type { ByteStream } from '../runtime/network.js';
import type { Runtime } from '../runtime/runtime.js';
import { Call } from './call.js';
import type { ReplyHook } from './call.js';
import { settleCall, writeCall } from './call-codec.js';
import type { AuthPacketSpec, Credentials } from './credentials.js';
import { authDemandOf } from './error-from-reply.js';
import { FrameTooLargeError, KeeperError, QueueFullError } from './errors.js';
import { plainOperation } from './operation.js';
import type { RequestQueueLimits } from './request-queue.js';
import { RequestQueue } from './request-queue.js';
import type { Reply, SessionConnectionEvents } from './session-connection.js';
import { SessionConnection } from './session-connection.js';

export interface RequestChannelOptions {
  readonly runtime: Runtime;
  readonly limits: RequestQueueLimits & { readonly frameBytesMax: number };
  readonly credentials: Credentials;
  readonly events: SessionConnectionEvents;
}

/** What can be written can be read: an answer has more around the data than the request that wrote it had. */
const ANSWER_EXTRA_BYTES = 1024;
/** What waits is copied to its own size, but for what is long. */
const SCRATCH_BYTES = 1024;

/**
 * Requests and their replies over whatever connection there is: calls wait while there is none, go out in order, and are
 * matched with replies by position, since that is what the protocol promises (client-protocol 3.4).
 */
export class RequestChannel {
  private readonly options: RequestChannelOptions;
  private readonly frameBytesMax: number;
  private readonly queue: RequestQueue;
  /** Where calls that must wait are encoded. */
  private readonly scratch = new JuteWriter(SCRATCH_BYTES);
  private connection: SessionConnection | null = null;

  constructor(options: RequestChannelOptions) {
    this.options = options;
    this.frameBytesMax = options.limits.frameBytesMax;
    this.queue = new RequestQueue(options.limits);
  }

  /** Takes over a fresh stream and begins the handshake. */
  connect(stream: ByteStream, request: ConnectRequest): void {
    const { runtime, credentials, events } = this.options;
    this.connection = new SessionConnection(stream, {
      runtime,
      frameBytesMax: this.frameBytesMax + ANSWER_EXTRA_BYTES,
      credentials,
      events,
      calls: {
        replied: (reply) => this.onReplied(reply),
        longAnswerBytesMax: () => this.queue.oldestInFlight?.answerBytesMax ?? 0,
        fault: (fault) => this.onFault(fault),
        caughtUp: () => this.pump(),
        drained: () => this.pump(),
      },
    });
    this.connection.shakeHands(request);
  }

  get isHandshaking(): boolean {
    return this.connection?.isHandshaking === true;
  }

  /** Reads replies from now on, but sends only what it is told to send at once. */
  restrict(): void {
    this.connection?.restrict();
  }

  /** Lets the callers' requests go, beginning with those that wait. */
  open(): void {
    this.connection?.open();
    this.pump();
  }

  sendCredentials(): void {
    this.connection?.sendCredentials();
  }

  hangUp(): void {
    this.connection?.destroy();
    this.connection = null;
    this.options.credentials.detached();
  }

  /** Sends the call when its turn comes. */
  submit(call: Call, body: unknown): void {
    const { connection, queue } = this;
    if (connection !== null && connection.takesCalls && queue.hasWindow && !queue.hasWaiting) {
      this.transmit(call, body, connection);
    } else {
      this.lineUp(call, body);
    }
  }

  /** Sends ahead of what waits. Only while there is a connection. */
  sendNow<Op extends RequestOp>(op: Op, body: RequestOf<Op>, hook: ReplyHook): void {
    const call = new Call(plainOperation(op), null, '');
    call.hook = hook;
    if (this.connection === null) this.refuse(call, new KeeperError({ code: 'CLOSED', rc: -4, text: 'no connection' }));
    else this.transmit(call, body, this.connection);
  }

  sendPing(): void {
    this.connection?.sendPing();
  }

  /** On a connection that is past its handshake; a later one sends it with the others. */
  sendAuth(credential: AuthPacketSpec): void {
    if (this.connection?.isHandshaking === false) this.connection.sendAuth(credential);
  }

  /** Sends what waits, as far as the window and the socket allow. */
  private pump(): void {
    const { connection } = this;
    while (connection?.takesCalls === true) {
      if (!this.queue.hasWaiting || !this.queue.hasWindow) return;
      const call = this.queue.takeWaiting();
      if (call !== undefined) this.forward(call, connection);
    }
  }

  /** The caller of the call wants no answer any more. */
  giveUp(call: Call, error: unknown): void {
    if (call.settled) return;
    call.reject(error);
    if (call.isSent) return;
    this.queue.abandon(call);
    call.hook?.(null, false);
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
    call.hook?.(null, false);
    call.reject(error);
  }

  private lineUp(call: Call, body: unknown): void {
    const { scratch } = this;
    if (!this.encode(call, body, scratch)) {
      // What was too long to be sent must not be kept either.
      scratch.detach();
      return;
    }
    if (scratch.length > SCRATCH_BYTES) {
      call.frame = scratch.take();
    } else {
      call.frame = Buffer.from(scratch.view());
      scratch.truncate(0);
    }
    if (!this.queue.wait(call)) this.refuse(call, new QueueFullError(call.errorDetails));
  }

  private transmit(call: Call, body: unknown, connection: SessionConnection): void {
    const { writer } = connection;
    const start = writer.length;
    if (this.encode(call, body, writer)) this.sent(call, start, connection);
  }

  /** Transmits what was encoded when it lined up. */
  private forward(call: Call, connection: SessionConnection): void {
    const { writer } = connection;
    const start = writer.length;
    if (call.frame !== null) writer.bytes(call.frame);
    this.sent(call, start, connection);
  }

  /** The call is in the connection's buffer, from `start` on. */
  private sent(call: Call, start: number, connection: SessionConnection): void {
    this.queue.send(call, connection.sendingMs());
    connection.writer.patchInt32(start + 4, call.xid);
    connection.wrote();
  }

  /** False when the call cannot be sent, which it is told. */
  private encode(call: Call, body: unknown, writer: JuteWriter): boolean {
    const start = writer.length;
    let error = writeCall(call, body, writer);
    const bytes = writer.length - start - 4;
    if (bytes > this.frameBytesMax) {
      writer.truncate(start);
      const text = `the request takes ${bytes} bytes, limits.frameBytesMax is ${this.frameBytesMax}`;
      error = new FrameTooLargeError({ ...call.errorDetails, message: `${call.title}: ${text}` });
    }
    if (error !== null) this.refuse(call, error);
    return error === null;
  }

  private onReplied({ xid, zxid, rc, reader }: Reply): void {
    const { events } = this.options;
    const call = this.queue.answer(xid);
    if (call === undefined) {
      const expected = this.queue.oldestInFlight?.xid ?? 'none';
      events.broken(`a reply has xid ${xid}, expected ${expected}`);
      return;
    }
    events.answered(call.sentAtMs, zxid, rc === ErrorCode.OK && isAnsweredByAll(call.operation));
    settleCall(call, rc, reader);
    const demand = rc === ErrorCode.OK ? null : authDemandOf(rc);
    if (demand !== null) events.authFailed(demand);
  }

  /** A frame that is longer than we take would be so the next time as well: its call must not be tried again blindly. */
  private onFault(fault: FrameFault): void {
    const call = fault.reason === 'tooLong' ? this.queue.oldestInFlight : undefined;
    const { frameBytesMax } = this;
    const bytesMax = Math.max(frameBytesMax, call?.answerBytesMax ?? 0);
    const limit = bytesMax > frameBytesMax ? 'answerBytesMax' : 'limits.frameBytesMax';
    const text = `an answer of ${fault.length} bytes exceeds ${limit} of ${bytesMax}`;
    if (call !== undefined) {
      call.reject(new FrameTooLargeError({ ...call.errorDetails, message: `${call.title}: ${text}` }));
    }
    this.options.events.broken(fault.reason === 'tooLong' ? text : `a frame claims ${fault.length} bytes`);
  }
}

/** By the ensemble, where reads are answered by one server alone. */
function isAnsweredByAll({ op, isWrite }: Call['operation']): boolean {
  return isWrite || op === OpCode.sync;
}
