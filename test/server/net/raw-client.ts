import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { OpCodec } from '../../../src/protocol/codec.js';
import { connectRequestCodec } from '../../../src/protocol/connect.js';
import { FrameSplitter } from '../../../src/protocol/frame-splitter.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import type { RequestOf, RequestOp } from '../../../src/protocol/request-codec.js';
import { requestCodecs } from '../../../src/protocol/request-codec.js';

/** A socket that speaks frames, and nothing of what a client library does by itself. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  private readonly frames: Buffer[] = [];
  private readonly wanted: ((frame: Buffer | null) => void)[] = [];
  private isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    const splitter = new FrameSplitter(64 * 1024 * 1024);
    this.socket.on('data', (chunk: Buffer) => {
      splitter.push(chunk, (buf, start, end) => {
        this.gotFrame(Buffer.from(buf.subarray(start, end)));
        return true;
      });
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.isClosed = true;
        for (const tell of this.wanted.splice(0)) tell(null);
        resolve();
      });
    });
  }

  /** The next frame's payload; null when the connection closed first. */
  next(): Promise<Buffer | null> {
    const frame = this.frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.wanted.push(resolve));
  }

  /** The header of the next reply. */
  async reply(): Promise<{ xid: number; zxid: number; err: number; body: JuteReader } | null> {
    const frame = await this.next();
    if (frame === null) return null;
    const body = new JuteReader(frame);
    return { xid: body.int32(), zxid: body.zxid(), err: body.int32(), body };
  }

  write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  private gotFrame(frame: Buffer): void {
    const tell = this.wanted.shift();
    if (tell === undefined) this.frames.push(frame);
    else tell(frame);
  }
}

/** A ConnectRequest for a new session, with its length prefix. */
export function handshakeFrame(timeOut = 10_000): Buffer {
  return framed((writer) =>
    connectRequestCodec.write(writer, {
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeOut,
      sessionId: 0n,
      passwd: Buffer.alloc(16),
      readOnly: false,
    }),
  );
}

export function requestFrame<Op extends RequestOp>(xid: number, op: Op, body: RequestOf<Op>): Buffer {
  return framed((writer) => {
    writer.int32(xid).int32(op);
    (requestCodecs[op] as OpCodec<RequestOf<Op>, unknown>).request.write(writer, body);
  });
}

function framed(write: (writer: JuteWriter) => void): Buffer {
  const writer = new JuteWriter();
  const at = writer.beginFrame();
  write(writer);
  return writer.endFrame(at).take();
}
