// One session: a socket, the requests outstanding on it, and what every reply must be whatever it answers.
import { connect } from 'node:net';
import { Op, Requests } from './requests.mjs';

/** @import { Socket } from 'node:net' */
/** @import { Address } from './arguments.mjs' */
/** @import { Tally } from './tally.mjs' */

/**
 * @typedef {object} Pending a request that was not answered yet
 * @property {number} xid
 * @property {number} op
 * @property {number} key which node it is about, or what its mode likes to remember
 * @property {number} dueMs when it was sent, or when it should have been
 *
 * @typedef {object} Reply whose body is `bytes` from `start` to `end`, until the handler returns
 * @property {number} error
 * @property {Buffer} bytes
 * @property {number} start
 * @property {number} end
 * @property {number} nowMs
 *
 * @typedef {object} Handlers
 * @property {(session: Session, request: Pending, reply: Reply) => void} onReply
 * @property {(session: Session, type: number, nowMs: number) => void} [onEvent]
 * @property {(latencyMs: number) => void} [onPing]
 * @property {() => void} [onEnd] the connection is gone
 */

const SESSION_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 15_000;
const PING_XID = -2;
const EVENT_XID = -1;

export class Session {
  requests = new Requests();
  isOpen = false;
  negotiatedMs = 0;
  /** @type {Pending[]} in the order in which they must be answered, from `#head` on */
  #pending = [];
  #head = 0;
  #xid = 0;
  #lastZxid = 0n;
  /** @type {Socket | null} */
  #socket = null;
  /** @type {Buffer} the start of a frame whose end has not come */
  #rest = Buffer.alloc(0);
  #handlers;
  #target;
  #tally;
  #willFlush = false;
  #sentMs = 0;
  #pingedMs = 0;
  #closing = false;
  #closeAnswered = false;
  #opened = () => {};
  #closed = () => {};
  /** @type {Reply} */
  #reply = { error: 0, bytes: this.#rest, start: 0, end: 0, nowMs: 0 };

  /**
   * @param {Address} target
   * @param {Tally} tally
   * @param {Handlers} handlers
   */
  constructor(target, tally, handlers) {
    this.#target = target;
    this.#tally = tally;
    this.#handlers = handlers;
  }

  get outstanding() {
    return this.#pending.length - this.#head;
  }

  /** Resolves when the session is open, or when it cannot be: the tally has it then. */
  open() {
    const { host, port } = this.#target;
    this.#closing = false;
    this.#rest = Buffer.alloc(0);
    this.#lastZxid = 0n;
    this.#socket = connect({ host, port, noDelay: true });
    const socket = this.#socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#ended(socket));
    this.requests.connect(SESSION_TIMEOUT_MS);
    this.flush();
    return new Promise((resolve) => (this.#opened = () => resolve(undefined)));
  }

  /**
   * Closes the session.
   * @returns {Promise<boolean>} whether the server answered that, or just went away
   */
  close() {
    if (this.#socket === null) return Promise.resolve(false);
    this.#closing = true;
    this.#closeAnswered = false;
    /** @type {Promise<boolean>} */
    const closed = new Promise((resolve) => (this.#closed = () => resolve(this.#closeAnswered)));
    if (this.isOpen) this.requests.close(this.expect(Op.close, 0, performance.now()));
    else this.#socket.destroy();
    this.flush();
    return closed;
  }

  /** Ends it without a word. */
  destroy() {
    this.#closing = true;
    this.#socket?.destroy();
  }

  /**
   * Announces a request; the caller writes it with the xid that is returned.
   * @param {number} op
   * @param {number} key
   * @param {number} dueMs
   */
  expect(op, key, dueMs) {
    this.#xid = this.#xid === 0x7fffffff ? 1 : this.#xid + 1;
    this.#pending.push({ xid: this.#xid, op, key, dueMs });
    if (!this.#willFlush) {
      this.#willFlush = true;
      queueMicrotask(() => this.flush());
    }
    return this.#xid;
  }

  /** Writes what was gathered; happens by itself once the current callback is through. */
  flush() {
    this.#willFlush = false;
    if (this.#socket === null || this.requests.isEmpty) return;
    this.#socket.write(this.requests.gathered());
    if (this.#socket.writableLength > 0) this.requests.release();
    this.#sentMs = performance.now();
  }

  /**
   * Now and then: a ping when nothing was sent for a third of the timeout, the end of a session that is not answered.
   * @param {number} nowMs
   */
  tick(nowMs) {
    if (!this.isOpen) return;
    const oldest = this.#pending[this.#head];
    if (oldest !== undefined && nowMs - oldest.dueMs > ANSWER_TIMEOUT_MS) {
      this.#tally.problem('timeouts', `no answer to op ${oldest.op} within ${ANSWER_TIMEOUT_MS} ms`);
      this.#socket?.destroy();
    } else if (this.#pingedMs === 0 && nowMs - this.#sentMs > this.negotiatedMs / 3) {
      this.#pingedMs = nowMs;
      this.requests.ping();
      this.flush();
    }
  }

  /** @param {Socket} socket */
  #ended(socket) {
    if (this.#socket !== socket) return;
    this.#socket = null;
    if (!this.#closing) {
      if (this.isOpen) this.#tally.problem('protocolErrors', 'the server closed a connection');
      else this.#tally.problem('connectFailures', 'no session: the connection failed or was closed');
      this.#tally.lost += this.outstanding;
    }
    this.isOpen = false;
    this.#pending = [];
    this.#head = 0;
    this.#opened();
    this.#closed();
    this.#handlers.onEnd?.();
  }

  /** @param {Buffer} chunk */
  #receive(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowMs = performance.now();
    let at = 0;
    while (bytes.length - at >= 4 && this.#socket?.destroyed === false) {
      const end = at + 4 + bytes.readInt32BE(at);
      if (end > bytes.length) break;
      if (this.isOpen) this.#frame(bytes, { start: at + 4, end, nowMs });
      else this.#connected(bytes, at + 4);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    if (this.#head > 1024) {
      this.#pending.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /**
   * @param {Buffer} bytes
   * @param {number} start
   */
  #connected(bytes, start) {
    this.negotiatedMs = bytes.readInt32BE(start + 4);
    this.isOpen = this.negotiatedMs > 0 && bytes.readBigInt64BE(start + 8) !== 0n;
    if (this.isOpen) this.#opened();
    else this.#socket?.destroy();
  }

  /**
   * @param {Buffer} bytes
   * @param {{ start: number, end: number, nowMs: number }} frame
   */
  #frame(bytes, { start, end, nowMs }) {
    const xid = bytes.readInt32BE(start);
    if (xid === EVENT_XID) {
      const type = bytes.readInt32BE(start + 16);
      if (this.#handlers.onEvent) this.#handlers.onEvent(this, type, nowMs);
      else this.#tally.problem('badEvents', `event of type ${type} without a watch`);
      return;
    }
    if (xid === PING_XID) {
      this.#handlers.onPing?.(nowMs - this.#pingedMs);
      this.#pingedMs = 0;
      return;
    }
    const request = this.#pending[this.#head];
    if (request?.xid !== xid) {
      this.#tally.problem('protocolErrors', `reply with xid ${xid}, expected ${request?.xid ?? 'none'}`);
      this.#socket?.destroy();
      return;
    }
    this.#head += 1;
    this.#checkZxid(bytes.readBigInt64BE(start + 4));
    if (request.op === Op.close) {
      this.isOpen = false;
      this.#closeAnswered = true;
      this.#socket?.destroy();
      return;
    }
    const reply = this.#reply;
    reply.error = bytes.readInt32BE(start + 12);
    reply.bytes = bytes;
    reply.start = start + 16;
    reply.end = end;
    reply.nowMs = nowMs;
    this.#handlers.onReply(this, request, reply);
  }

  /** @param {bigint} zxid */
  #checkZxid(zxid) {
    if (zxid > 0n && zxid < this.#lastZxid) {
      this.#tally.problem('zxidRegressions', `reply of zxid ${zxid} after ${this.#lastZxid}`);
    } else if (zxid > 0n) this.#lastZxid = zxid;
  }
}
