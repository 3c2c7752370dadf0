import type { OpCodec } from '../../../../src/protocol/codec.js';
import type { ConnectResponse } from '../../../../src/protocol/connect.js';
import { connectResponseCodec } from '../../../../src/protocol/connect.js';
import { JuteReader } from '../../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import { requestCodecs } from '../../../../src/protocol/request-codec.js';
import type { RequestOf, RequestOp, ResponseOf } from '../../../../src/protocol/request-codec.js';
import { ClientLink } from '../../../../src/server/pipeline/client-link.js';
import type { RequestPipeline } from '../../../../src/server/pipeline/request-pipeline.js';

/** Whoever has a pipeline. */
export interface TestedServer {
  readonly pipeline: Pick<RequestPipeline, 'admission' | 'heard' | 'submit' | 'linkClosed'>;
}

export interface ConnectOptions {
  /** The session to come back to; by default a new one is asked for. */
  readonly session?: ConnectResponse | null;
  readonly lastZxidSeen?: bigint;
  readonly timeOut?: number;
  /** It is content with reads; 'absent': it is too old to say. False by default. */
  readonly readOnly?: boolean | 'absent';
}

/** A connection that has asked for a session. */
export function connectTo(server: TestedServer, options: ConnectOptions = {}): TestLink {
  const link = new TestLink(server);
  const { session, lastZxidSeen = 0n, timeOut = 10_000, readOnly = false } = options;
  server.pipeline.admission.connect(link.link, {
    protocolVersion: 0,
    lastZxidSeen,
    timeOut,
    sessionId: session?.sessionId ?? 0n,
    passwd: session?.passwd ?? Buffer.alloc(16),
    readOnly,
  });
  return link;
}

/** A frame that a link got. */
export interface Got {
  readonly xid: number;
  readonly zxid: number;
  readonly err: number;
  readonly body: JuteReader;
}

/** One client connection without a socket. */
export class TestLink {
  readonly link: ClientLink;
  isClosed = false;
  session: ConnectResponse | null = null;
  private readonly server: TestedServer;
  private xid = 0;

  constructor(server: TestedServer) {
    this.server = server;
    this.link = new ClientLink(
      { remoteAddress: '127.0.0.1', remotePort: 1, encrypted: false, certificateSubject: null },
      { flushSoon: () => undefined, readOn: () => undefined, close: () => (this.isClosed = true) },
    );
  }

  /** The first frame, which has no header. */
  handshake(): ConnectResponse {
    const bytes = this.link.out.take();
    return connectResponseCodec.read(new JuteReader(bytes, 4));
  }

  /** Sends a request; returns its xid. */
  send<Op extends RequestOp>(op: Op, body: RequestOf<Op>, xid = ++this.xid): number {
    const writer = new JuteWriter();
    writer.int32(xid).int32(op);
    (requestCodecs[op] as OpCodec<RequestOf<Op>, unknown>).request.write(writer, body);
    this.sendRaw(writer.take());
    return xid;
  }

  sendRaw(frame: Buffer): void {
    this.server.pipeline.heard(this.link);
    this.server.pipeline.submit(this.link, frame, 0, frame.length);
  }

  /** Everything written to this link since the last call. */
  take(): Got[] {
    const bytes = this.link.out.take();
    const frames: Got[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + 4 + bytes.readInt32BE(at);
      const body = new JuteReader(bytes, at + 4, end);
      frames.push({ xid: body.int32(), zxid: body.zxid(), err: body.int32(), body });
      at = end;
    }
    return frames;
  }

  decode<Op extends RequestOp>(op: Op, got: Got | undefined): ResponseOf<Op> {
    if (got === undefined) throw new Error('no frame came');
    return (requestCodecs[op] as OpCodec<unknown, ResponseOf<Op>>).response.read(got.body);
  }

  /** The socket is gone. */
  disconnect(): void {
    this.server.pipeline.linkClosed(this.link);
  }
}
