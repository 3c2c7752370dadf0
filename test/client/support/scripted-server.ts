import { connectRequestCodec, connectResponseCodec } from '../../../src/protocol/connect.js';
import type { ConnectRequest } from '../../../src/protocol/connect.js';
import { ErrorCode } from '../../../src/protocol/error-codes.js';
import { Xid } from '../../../src/protocol/event.js';
import { FrameSplitter } from '../../../src/protocol/frame-splitter.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { OpCode, opName } from '../../../src/protocol/op-codes.js';
import { codecOf } from '../../../src/protocol/request-codec.js';
import type { RequestOf, RequestOp, ResponseOf } from '../../../src/protocol/request-codec.js';
import { replyHeaderCodec } from '../../../src/protocol/headers.js';
import type { Stat } from '../../../src/protocol/stat.js';
import { watcherEventCodec } from '../../../src/protocol/watcher-event.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import type { ByteStream, Network, TlsServerOptions } from '../../../src/runtime/index.js';

const FRAME_BYTES_MAX = 1 << 24;

export function statOf(fields: Partial<Stat> = {}): Stat {
  return {
    czxid: 1 as Zxid,
    mzxid: 1 as Zxid,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 0,
    numChildren: 0,
    pzxid: 1 as Zxid,
    ...fields,
  };
}

/** One request as it came over the wire. */
export class Received<Op extends RequestOp = RequestOp> {
  readonly connection: ScriptedConnection;
  readonly xid: number;
  readonly op: Op;
  readonly body: RequestOf<Op>;
  readonly bytes: number;

  constructor(connection: ScriptedConnection, header: { xid: number; op: Op; bytes: number }, body: RequestOf<Op>) {
    this.connection = connection;
    this.xid = header.xid;
    this.op = header.op;
    this.bytes = header.bytes;
    this.body = body;
  }

  get name(): string {
    return opName(this.op) ?? String(this.op);
  }

  /** Answers with success. */
  reply(response: ResponseOf<Op>, zxid = this.connection.server.zxid): void {
    this.connection.reply(this.xid, { zxid, rc: 0, op: this.op, response });
  }

  refuse(rc: number, zxid = this.connection.server.zxid): void {
    this.connection.reply(this.xid, { zxid, rc });
  }
}

type Script<Op extends RequestOp> = (request: Received<Op>) => void;

interface ServerSession {
  readonly id: bigint;
  readonly timeoutMs: number;
}

export interface ScriptedServerOptions {
  readonly network: Network;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: TlsServerOptions;
  /** Longest session timeout it grants, ms. */
  readonly timeoutMaxMs?: number;
}

/**
 * A server that does what a test tells it: it speaks the protocol, keeps a table of sessions, answers pings, auth,
 * setWatches and closeSession, and leaves everything else to scripts. What has no script is not answered.
 */
export class ScriptedServer {
  readonly connections: ScriptedConnection[] = [];
  readonly received: Received[] = [];
  readonly handshakes: ConnectRequest[] = [];
  readonly sessions = new Map<bigint, ServerSession>();
  zxid = 1;
  /** What becomes of a ConnectRequest. */
  handshake: 'accept' | 'hangUp' | 'ignore' | 'readOnly' = 'accept';
  onHandshake: () => void = () => undefined;
  /** What becomes of a ping, whose answer may carry an error. */
  answersPings = true;
  pingRc: number = ErrorCode.OK;
  port: number;
  readonly options: ScriptedServerOptions;
  readonly #scripts = new Map<RequestOp, Script<RequestOp>>();
  #nextSessionId = 0x1000000000000001n;
  #close: (() => Promise<void>) | null = null;

  private constructor(options: ScriptedServerOptions) {
    this.options = options;
    this.port = options.port ?? 2181;
    this.on(OpCode.auth, (request) => request.reply({}, 0));
    this.on(OpCode.setWatches, (request) => request.reply({}));
    this.on(OpCode.setWatches2, (request) => request.reply({}));
    this.on(OpCode.removeWatches, (request) => request.reply({}));
    this.on(OpCode.closeSession, (request) => {
      this.sessions.delete(request.connection.sessionId);
      request.reply({}, ++this.zxid);
      request.connection.hangUp();
    });
  }

  static async start(options: ScriptedServerOptions): Promise<ScriptedServer> {
    const server = new ScriptedServer(options);
    await server.listen();
    return server;
  }

  get connectString(): string {
    return `${this.options.host ?? '127.0.0.1'}:${this.port}`;
  }

  /** Connections that stand. */
  get open(): ScriptedConnection[] {
    return this.connections.filter((connection) => connection.isOpen);
  }

  /** The newest connection. */
  get last(): ScriptedConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('nobody has connected');
    return last;
  }

  on<Op extends RequestOp>(op: Op, script: Script<Op>): void {
    this.#scripts.set(op, script as unknown as Script<RequestOp>);
  }

  of<Op extends RequestOp>(op: Op): Received<Op>[] {
    return this.received.filter((request) => request.op === op) as unknown as Received<Op>[];
  }

  names(): string[] {
    return this.received.map((request) => request.name);
  }

  async listen(): Promise<void> {
    const { network, host = '127.0.0.1', tls } = this.options;
    const where = { host, port: this.port, ...(tls === undefined ? {} : { tls }) };
    const listener = await network.listen(where, (stream) => {
      this.connections.push(new ScriptedConnection(this, stream));
    });
    this.port = listener.port;
    this.#close = () => listener.close();
  }

  /** Stops listening and drops every connection; sessions are kept. */
  async stop(): Promise<void> {
    await this.#close?.();
    for (const connection of this.open) connection.hangUp();
  }

  expireAll(): void {
    this.sessions.clear();
    for (const connection of this.open) connection.hangUp();
  }

  /** @internal */
  greet(connection: ScriptedConnection, request: ConnectRequest): void {
    this.handshakes.push(request);
    this.onHandshake();
    if (this.handshake === 'ignore') return;
    if (this.handshake === 'hangUp' || request.lastZxidSeen > BigInt(this.zxid)) {
      connection.hangUp();
      return;
    }
    const timeoutMs = Math.min(request.timeOut, this.options.timeoutMaxMs ?? 60_000);
    const known = this.sessions.has(request.sessionId);
    if (request.sessionId === 0n || known) {
      const id = known ? request.sessionId : this.#nextSessionId++;
      this.sessions.set(id, { id, timeoutMs });
      connection.sessionId = id;
    }
    const isAlive = connection.sessionId !== 0n;
    connection.send((writer) =>
      connectResponseCodec.write(writer, {
        protocolVersion: 0,
        timeOut: isAlive ? timeoutMs : 0,
        sessionId: connection.sessionId,
        passwd: Buffer.alloc(16, isAlive ? 7 : 0),
        readOnly: this.handshake === 'readOnly',
      }),
    );
    if (!isAlive) connection.hangUp();
  }

  /** @internal */
  take(request: Received): void {
    this.received.push(request);
    this.#scripts.get(request.op)?.(request);
  }
}

export class ScriptedConnection {
  readonly server: ScriptedServer;
  /** Of the client's certificate. */
  readonly subject: string | null;
  sessionId = 0n;
  isOpen = true;
  pings = 0;
  readonly #stream: ByteStream;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  #isGreeted = false;

  constructor(server: ScriptedServer, stream: ByteStream) {
    this.server = server;
    this.subject = stream.peerCertificateSubject;
    this.#stream = stream;
    let head = Buffer.alloc(0);
    stream.listen({
      data: (chunk) => {
        if (!this.#isGreeted) {
          head = Buffer.concat([head, chunk]);
          if (head.toString('latin1') === 'isro') {
            this.raw(Buffer.from(server.handshake === 'readOnly' ? 'ro' : 'rw'));
            this.hangUp();
            return;
          }
        }
        this.#splitter.push(chunk, (buf, start, end) => this.#onFrame(buf, start, end));
      },
      close: () => (this.isOpen = false),
    });
  }

  reply(xid: number, reply: { zxid: number; rc: number; op?: RequestOp; response?: unknown }): void {
    this.send((writer) => {
      replyHeaderCodec.write(writer, { xid, zxid: reply.zxid as Zxid, err: reply.rc });
      if (reply.op !== undefined) codecOf(reply.op)?.response.write(writer, reply.response);
    });
  }

  event(type: number, path: string, zxid = -1): void {
    this.send((writer) => {
      replyHeaderCodec.write(writer, { xid: Xid.notification, zxid: zxid as Zxid, err: 0 });
      watcherEventCodec.write(writer, { type, state: 3, path });
    });
  }

  send(write: (writer: JuteWriter) => void): void {
    const writer = new JuteWriter();
    const at = writer.beginFrame();
    write(writer);
    this.raw(writer.endFrame(at).take());
  }

  raw(bytes: Buffer): void {
    if (this.isOpen) this.#stream.write(bytes);
  }

  hangUp(): void {
    this.isOpen = false;
    this.#stream.destroy();
  }

  #onFrame(buf: Buffer, start: number, end: number): boolean {
    const reader = new JuteReader(buf, start, end);
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      this.server.greet(this, connectRequestCodec.read(reader));
      return this.isOpen;
    }
    const xid = reader.int32();
    const op = reader.int32() as RequestOp;
    if (op === OpCode.ping) {
      this.pings++;
      if (this.server.answersPings) this.reply(Xid.ping, { zxid: this.server.zxid, rc: this.server.pingRc });
      return this.isOpen;
    }
    const body = codecOf(op)?.request.read(reader) as RequestOf<RequestOp>;
    this.server.take(new Received(this, { xid, op, bytes: end - start }, body));
    return this.isOpen;
  }
}
