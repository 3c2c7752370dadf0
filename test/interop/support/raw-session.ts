import { connect, type Socket } from 'node:net';
import {
  connectRequestCodec,
  connectResponseCodec,
  ErrorCode,
  FrameSplitter,
  JuteReader,
  JuteWriter,
  OpCode,
  replyHeaderCodec,
  requestCodecs,
  requestHeaderCodec,
  type ConnectResponse,
  type RequestOf,
  type RequestOp,
  type ResponseOf,
  watcherEventCodec,
  type WatcherEvent,
} from '../../../src/protocol/index.js';

const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const AUTH_XID = -4;
const EVENT_XID = -1;
const REPLY_HEADER_BYTES = 16;

export interface SessionIdentity {
  readonly sessionId: bigint;
  readonly password: Buffer;
}

export interface RawSessionOptions {
  readonly timeoutMs: number;
  /** The session to take over. Default: a new one. */
  readonly identity?: SessionIdentity;
  /** What the client claims to have seen: a server that is behind it must turn the client away. */
  readonly lastZxidSeen?: number;
}

/** A watch event, and its place among the answers of its connection. */
export interface SeenEvent extends WatcherEvent {
  readonly answersBefore: number;
}

export type Answer<Op extends RequestOp> =
  | { readonly err: 0; readonly zxid: number; readonly body: ResponseOf<Op> }
  | { readonly err: number; readonly zxid: number; readonly body: null };

/** The handshake was answered with "no such session". */
export class SessionGoneError extends Error {}

interface Pending {
  readonly take: (payload: Buffer) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The plainest client there can be: frames over a socket, one answer for each request in order. It stands between
 * the two servers as a neutral witness, and so uses nothing of pinfold but the record codecs.
 */
export class RawSession {
  readonly identity: SessionIdentity;
  readonly timeoutMs: number;
  /** Watch events in order of arrival; for the reader to empty. */
  readonly events: SeenEvent[];
  /** The highest zxid that any answer has carried. */
  lastZxid = 0;
  readonly #wire: RawWire;
  #xid = 0;

  private constructor(wire: RawWire, response: ConnectResponse) {
    this.#wire = wire;
    this.events = wire.events;
    this.timeoutMs = response.timeOut;
    this.identity = { sessionId: response.sessionId, password: response.passwd ?? Buffer.alloc(0) };
  }

  static async open(port: number, options: RawSessionOptions): Promise<RawSession> {
    const wire = await RawWire.connect(port);
    const writer = new JuteWriter();
    connectRequestCodec.write(writer, {
      protocolVersion: 0,
      lastZxidSeen: BigInt(options.lastZxidSeen ?? 0),
      timeOut: options.timeoutMs,
      sessionId: options.identity?.sessionId ?? 0n,
      passwd: options.identity?.password ?? Buffer.alloc(16),
      readOnly: false,
    });
    const response = connectResponseCodec.read(new JuteReader(await wire.ask(writer.take())));
    if (response.timeOut <= 0) {
      wire.destroy();
      throw new SessionGoneError('the server does not know this session');
    }
    return new RawSession(wire, response);
  }

  async request<Op extends RequestOp>(op: Op, request: RequestOf<Op>): Promise<Answer<Op>> {
    const writer = new JuteWriter();
    this.#xid += 1;
    requestHeaderCodec.write(writer, { xid: op === OpCode.auth ? AUTH_XID : this.#xid, type: op });
    // The codec of an op takes that op's request: the table says so, its union of values cannot.
    const codec = requestCodecs[op] as unknown as {
      request: { write(writer: JuteWriter, value: RequestOf<Op>): void };
      response: { read(reader: JuteReader): ResponseOf<Op> };
    };
    codec.request.write(writer, request);
    const reader = new JuteReader(await this.#wire.ask(writer.take()));
    const { err, zxid } = replyHeaderCodec.read(reader);
    this.lastZxid = Math.max(this.lastZxid, zxid);
    return err === 0 ? { err, zxid, body: codec.response.read(reader) } : { err, zxid, body: null };
  }

  /** Sends a request that has nothing but a header; the error code of the answer. */
  async askBare(type: number): Promise<number> {
    const writer = new JuteWriter();
    this.#xid += 1;
    requestHeaderCodec.write(writer, { xid: this.#xid, type });
    return replyHeaderCodec.read(new JuteReader(await this.#wire.ask(writer.take()))).err;
  }

  /** Resolves when the server has hung up. */
  get hungUp(): Promise<void> {
    return this.#wire.closed;
  }

  /** The body of a request that must succeed. */
  async must<Op extends RequestOp>(op: Op, request: RequestOf<Op>): Promise<ResponseOf<Op>> {
    const answer = await this.request(op, request);
    if (answer.body === null) throw new Error(`op ${op}: error ${answer.err} for ${JSON.stringify(request)}`);
    return answer.body;
  }

  /** How many answers have come, the handshake's among them. */
  get answers(): number {
    return this.#wire.answers;
  }

  /** Sorted names; none for a missing node. */
  async children(path: string): Promise<readonly string[]> {
    const { body, err } = await this.request(OpCode.getChildren, { path, watch: false });
    if (body === null && err !== ErrorCode.NONODE) throw new Error(`getChildren of ${path}: error ${err}`);
    return (body?.children ?? []).map(String).sort();
  }

  async addAuth(credential: string): Promise<void> {
    await this.must(OpCode.auth, { type: 0, scheme: 'digest', auth: Buffer.from(credential) });
  }

  /** Ends the session. */
  async close(): Promise<void> {
    await this.request(OpCode.closeSession, {});
    this.#wire.destroy();
  }

  /** Goes away without a word: the session lives on. */
  drop(): void {
    this.#wire.destroy();
  }
}

/** Frames over one socket; what is no event answers the oldest question. */
class RawWire {
  readonly events: SeenEvent[] = [];
  answers = 0;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  readonly #pending: Pending[] = [];
  #greeted = false;
  #over: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#splitter.push(chunk, (buf, start, end) => this.#frame(Buffer.from(buf.subarray(start, end))));
    });
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end(new Error('the server closed the connection'));
        resolve();
      });
    });
  }

  static async connect(port: number): Promise<RawWire> {
    const socket = connect({ host: '127.0.0.1', port });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawWire(socket);
  }

  async ask(payload: Buffer): Promise<Buffer> {
    if (this.#over !== null) throw this.#over;
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(payload.length);
    this.#socket.write(Buffer.concat([prefix, payload]));
    return new Promise((take, fail) => this.#pending.push({ take, fail }));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #frame(payload: Buffer): boolean {
    if (this.#greeted && payload.readInt32BE(0) === EVENT_XID) {
      const event = watcherEventCodec.read(new JuteReader(payload, REPLY_HEADER_BYTES));
      this.events.push({ ...event, answersBefore: this.answers });
    } else {
      this.#greeted = true;
      this.answers += 1;
      this.#pending.shift()?.take(payload);
    }
    return true;
  }

  #end(error: Error): void {
    this.#over = error;
    for (const { fail } of this.#pending.splice(0)) fail(error);
  }
}
