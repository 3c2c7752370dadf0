import { connectRequestCodec, connectResponseCodec } from '../../../src/protocol/connect.js';
import { MarshallingError } from '../../../src/protocol/errors.js';
import { Xid } from '../../../src/protocol/event.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import { codecOf } from '../../../src/protocol/request-codec.js';
import { watcherEventCodec } from '../../../src/protocol/watcher-event.js';
import { KNOWN_WORDS } from '../../../src/server/words/known-words.js';
import { FrameReader } from '../../support/frame-reader.js';
import type { Peer } from './memory-stream.js';

const TELNET_CLOSE = '\xff\xf4\xff\xfd';
const REQUEST_HEADER_BYTES = 8;
const REPLY_HEADER_BYTES = 16;
const NETWORK_OPS = new Set<number>([OpCode.auth, OpCode.sasl]);
/** Named in the protocol, but not to be sent by clients on their own. */
const NOT_FOR_CLIENTS = new Set<number>([OpCode.check, OpCode.createSession]);
const MULTIS = new Set<number>([OpCode.multi, OpCode.multiRead]);

interface Expected {
  readonly xid: number;
  readonly type: number;
}

/**
 * One connection that is being abused. It reads what it sends as a server must, and so knows which answers have to come,
 * in which order, and whether the server may, or must, close.
 */
export class FuzzLink {
  readonly peer: Peer;
  /** The session it got; 0n before. */
  sessionId = 0n;
  password: Buffer | null = null;
  isStalled = false;
  /** Frames and words that the server had to look at: none behind one that ends the connection. */
  counted = 0;
  /** Answers that came. */
  answered = 0;
  private readonly frameBytesMax: number;
  private phase: 'fresh' | 'connecting' | 'open' | 'word' = 'fresh';
  /** Nothing that is sent from now on is answered, and the server must close. */
  private isDoomed = false;
  /** Why the server may close. */
  private excuse: string | null = null;
  private sent: Buffer = Buffer.alloc(0);
  private readonly incoming = new FrameReader();
  private readonly ordered: Expected[] = [];
  /** Answered at once, before what is under way. */
  private readonly network: Expected[] = [];
  private lastZxid = 0;
  private fault: Error | null = null;
  private readonly onTakeover: (sessionId: bigint) => void;

  constructor(peer: Peer, options: { frameBytesMax: number; onTakeover: (sessionId: bigint) => void }) {
    this.peer = peer;
    this.frameBytesMax = options.frameBytesMax;
    this.onTakeover = options.onTakeover;
    peer.onBytes = (bytes) => {
      try {
        this.received(bytes);
      } catch (error) {
        // Not to be thrown into the server's face.
        this.fault ??= error instanceof Error ? error : new Error(String(error));
      }
    };
  }

  get isUsable(): boolean {
    return !this.peer.isClosed && !this.isDoomed && this.phase !== 'word';
  }

  /** Nothing is outstanding: all was answered, or the connection is closed, as it must be where it must. */
  get isSettled(): boolean {
    if (this.peer.isClosed || this.isStalled || this.phase === 'word' || this.fault !== null) return true;
    return !this.isDoomed && this.phase !== 'connecting' && this.ordered.length + this.network.length === 0;
  }

  /** Throws when an answer was wrong, or the server closed without a reason. */
  check(): void {
    if (this.fault !== null) throw this.fault;
    if (this.peer.isClosed && this.excuse === null) throw new Error('the server closed a connection without a reason');
  }

  mayClose(reason: string): void {
    this.excuse ??= reason;
  }

  describe(): string {
    const [next] = this.ordered;
    return (
      `${this.phase}${this.isDoomed ? ', to be closed' : ''}, ${this.ordered.length} unanswered` +
      (next === undefined ? '' : `, first xid ${next.xid} of type ${next.type}`)
    );
  }

  /** Sends bytes, cut at these places. */
  send(bytes: Buffer, cuts: readonly number[] = []): void {
    this.reckon(bytes);
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      this.peer.send(bytes.subarray(from, cut));
      from = cut;
    }
  }

  finish(): void {
    this.mayClose('the client finished');
    this.peer.finish();
  }

  hangUp(): void {
    this.mayClose('the client hung up');
    this.peer.hangUp();
  }

  stall(stalled: boolean): void {
    this.isStalled = stalled;
    this.peer.stall(stalled);
  }

  private reckon(bytes: Buffer): void {
    if (this.phase === 'word' || this.isDoomed) return;
    this.sent = Buffer.concat([this.sent, bytes]);
    if (this.phase === 'fresh' && this.sent.length >= 4 && this.isWord()) {
      this.phase = 'word';
      this.counted += 1;
      return this.mayClose('a word was asked');
    }
    while (!this.isDoomed && this.sent.length >= 4) {
      const length = this.sent.readInt32BE(0);
      if (length < 0 || length > this.frameBytesMax) {
        this.counted += 1;
        return this.doom(`a frame of length ${length}`);
      }
      if (this.sent.length < 4 + length) return;
      this.counted += 1;
      this.frameSent(this.sent.subarray(4, 4 + length));
      this.sent = this.sent.subarray(4 + length);
    }
  }

  private isWord(): boolean {
    const first = this.sent.toString('latin1', 0, 4);
    return first === TELNET_CLOSE || KNOWN_WORDS.includes(first);
  }

  private frameSent(payload: Buffer): void {
    if (this.phase === 'fresh') return this.handshakeSent(payload);
    if (payload.length < REQUEST_HEADER_BYTES) return this.doom('a frame without a header');
    const request = { xid: payload.readInt32BE(0), type: payload.readInt32BE(4) };
    if (NETWORK_OPS.has(request.type)) {
      this.network.push(request);
      // Which identities are refused, and which silently, is not known here.
      this.mayClose('an identity may be refused');
      return;
    }
    // A ping is answered as one, whatever it is called (client-protocol 3.1).
    this.ordered.push(request.type === OpCode.ping ? { ...request, xid: Xid.ping } : request);
    if (request.type === OpCode.closeSession) this.doom('its session was closed');
    else if (codecOf(request.type) === null || NOT_FOR_CLIENTS.has(request.type)) this.doom('an unknown operation');
  }

  private handshakeSent(payload: Buffer): void {
    this.phase = 'connecting';
    try {
      const { sessionId, lastZxidSeen } = connectRequestCodec.read(new JuteReader(payload));
      if (sessionId !== 0n) this.onTakeover(sessionId);
      if (sessionId !== 0n || lastZxidSeen !== 0n) this.mayClose('the session or the future may not exist');
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.doom('a handshake that is none');
    }
  }

  private doom(reason: string): void {
    this.isDoomed = true;
    this.mayClose(reason);
  }

  private received(bytes: Buffer): void {
    if (this.phase === 'word') return;
    for (const { bytes: frame } of this.incoming.push(bytes)) this.frameReceived(new JuteReader(frame, 4), frame);
  }

  private frameReceived(reader: JuteReader, frame: Buffer): void {
    if (this.phase === 'fresh') throw new Error(`an answer to nothing: ${frame.toString('hex')}`);
    if (this.phase === 'connecting') return this.welcomed(reader);
    if (reader.remaining < REPLY_HEADER_BYTES) throw new Error(`half an answer: ${frame.toString('hex')}`);
    const xid = reader.int32();
    const zxid = Number(reader.int64());
    const err = reader.int32();
    const body = frame.subarray(4 + REPLY_HEADER_BYTES);
    // Strangers give many requests one xid; what is answered out of order has no zxid.
    const [first, second] = zxid === 0 ? [this.network, this.ordered] : [this.ordered, this.network];
    if (this.take(first, { xid, err, body }) || this.take(second, { xid, err, body })) {
      this.answered += 1;
      if (zxid > 0 && zxid < this.lastZxid) throw new Error(`zxid ${zxid} after ${this.lastZxid} on one connection`);
      if (zxid > 0) this.lastZxid = zxid;
    } else if (xid !== -1 || !isEvent(body)) {
      throw new Error(`not an answer to ${this.describe()}: ${frame.toString('hex')}`);
    }
  }

  private welcomed(reader: JuteReader): void {
    const { timeOut, sessionId, passwd } = connectResponseCodec.read(reader);
    if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes behind a handshake's answer`);
    this.phase = 'open';
    if (timeOut <= 0) return this.doom('its session is gone');
    this.sessionId = sessionId;
    this.password = passwd;
  }

  /** Takes the first of a queue when this can be its answer. */
  private take(queue: Expected[], answer: { xid: number; err: number; body: Buffer }): boolean {
    const [first] = queue;
    if (first === undefined || first.xid !== answer.xid || !isAnswer(first.type, answer)) return false;
    queue.shift();
    return true;
  }
}

/** Whether these bytes, all of them, are what such a request is answered with. */
function isAnswer(type: number, { err, body }: { err: number; body: Buffer }): boolean {
  if (err !== 0 && body.length === 0) return true;
  if (err !== 0 && !MULTIS.has(type)) return false;
  const codec = codecOf(type);
  return codec !== null && readsWhole(body, (reader) => codec.response.read(reader));
}

function isEvent(body: Buffer): boolean {
  return readsWhole(body, (reader) => watcherEventCodec.read(reader));
}

function readsWhole(body: Buffer, read: (reader: JuteReader) => unknown): boolean {
  const reader = new JuteReader(body);
  try {
    read(reader);
    return reader.remaining === 0;
  } catch (error) {
    if (error instanceof MarshallingError) return false;
    throw error;
  }
}
