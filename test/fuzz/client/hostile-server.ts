import { connectRequestCodec } from '../../../src/protocol/connect.js';
import { FrameSplitter } from '../../../src/protocol/frame-splitter.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { ByteStream, Listener, Network } from '../../../src/runtime/index.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { inPieces } from './damage.js';
import type { Asked, Deed, Draw, SessionAsked } from './hostile-answers.js';
import { accepted, answerTo, greetingTo, saneAnswer } from './hostile-answers.js';

/** What a server is told to do: one draw for each handshake and each request; what comes after is sane. */
export interface Mischief {
  readonly greetings: readonly Draw[];
  readonly answers: readonly Draw[];
}

const FRAME_BYTES_MAX = 1 << 21;
const SANE_TIMEOUT_MS = 3000;

/** Speaks the protocol just well enough to be listened to, and then says whatever was drawn. */
export class HostileServer {
  port = 0;
  /** Answers of its own making that went out, those to handshakes among them. Silence and hanging up are none. */
  sent = 0;
  private readonly links = new Set<HostileLink>();
  private greetings: Draw[] = [];
  private answers: Draw[] = [];
  private listener: Listener | null = null;

  static async start(network: Network, port: number): Promise<HostileServer> {
    const server = new HostileServer();
    server.listener = await network.listen({ host: '127.0.0.1', port }, (stream) => {
      const link = new HostileLink(server, stream, () => server.links.delete(link));
      server.links.add(link);
    });
    server.port = server.listener.port;
    return server;
  }

  turnHostile({ greetings, answers }: Mischief): void {
    this.greetings = [...greetings];
    this.answers = [...answers];
  }

  /** As after a restart: nobody is connected, and from now on all is well. */
  turnSane(): void {
    this.turnHostile({ greetings: [], answers: [] });
    this.hangUpOnAll();
  }

  async stop(): Promise<void> {
    this.hangUpOnAll();
    await this.listener?.close();
  }

  /** @internal */
  greet(asked: SessionAsked, link: HostileLink): void {
    const draw = this.greetings.shift();
    if (draw === undefined) {
      link.do(accepted({ ...asked, timeoutMs: SANE_TIMEOUT_MS }), null);
      return;
    }
    const random = new SeededRandom(draw.salt);
    this.say(greetingTo(asked, draw, random), { link, random });
  }

  /** @internal */
  answer(asked: Asked, link: HostileLink): void {
    const draw = this.answers.shift();
    if (draw === undefined) {
      link.do(saneAnswer(asked), null);
      if (asked.op === OpCode.closeSession) link.do('hangUp', null);
      return;
    }
    const random = new SeededRandom(draw.salt);
    this.say(answerTo(asked, draw, random), { link, random });
  }

  private say(deed: Deed, { link, random }: { link: HostileLink; random: SeededRandom }): void {
    if (typeof deed !== 'string') this.sent++;
    link.do(deed, random);
  }

  private hangUpOnAll(): void {
    for (const link of [...this.links]) link.do('hangUp', null);
  }
}

class HostileLink {
  readonly #server: HostileServer;
  readonly #stream: ByteStream;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  #isFirst = true;

  constructor(server: HostileServer, stream: ByteStream, closed: () => void) {
    this.#server = server;
    this.#stream = stream;
    stream.listen({
      data: (chunk) => this.#onData(chunk),
      close: closed,
    });
  }

  do(deed: Deed, random: SeededRandom | null): void {
    if (deed === 'hangUp') this.#stream.destroy();
    else if (deed === 'silence') return;
    else for (const piece of random === null ? [deed] : inPieces(deed, random)) this.#stream.write(Buffer.from(piece));
  }

  #onData(chunk: Buffer): void {
    if (this.#isFirst && chunk.toString('latin1', 0, 4) === 'isro') {
      this.do(Buffer.from('rw'), null);
      this.do('hangUp', null);
      return;
    }
    const fault = this.#splitter.push(chunk, (buf, start, end) => {
      this.#onFrame(new JuteReader(buf, start, end));
      return true;
    });
    if (fault !== null) throw new Error(`the client sent a frame of ${fault.length} bytes`);
  }

  #onFrame(reader: JuteReader): void {
    if (this.#isFirst) {
      this.#isFirst = false;
      const { sessionId, timeOut } = connectRequestCodec.read(reader);
      this.#server.greet({ sessionId, timeoutMs: timeOut }, this);
    } else {
      const xid = reader.int32();
      this.#server.answer({ xid, op: reader.int32() }, this);
    }
  }
}
