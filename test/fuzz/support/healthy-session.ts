import type { OpCodec } from '../../../src/protocol/codec.js';
import { connectRequestCodec, connectResponseCodec, PASSWORD_BYTES } from '../../../src/protocol/connect.js';
import { JuteReader } from '../../../src/protocol/jute-reader.js';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import type { RequestOf, RequestOp, ResponseOf } from '../../../src/protocol/request-codec.js';
import { requestCodecs } from '../../../src/protocol/request-codec.js';
import type { WatcherEvent } from '../../../src/protocol/watcher-event.js';
import { watcherEventCodec } from '../../../src/protocol/watcher-event.js';
import { FrameReader } from '../../support/frame-reader.js';
import type { FuzzWorld } from './fuzz-world.js';
import type { Peer } from './memory-stream.js';
import { requestOf } from './requests.js';

export interface Answer<Op extends RequestOp> {
  readonly err: number;
  readonly zxid: number;
  readonly body: ResponseOf<Op> | null;
}

/** A session that does nothing wrong, and must be served whatever others do. */
export class HealthySession {
  readonly events: WatcherEvent[] = [];
  private readonly world: FuzzWorld;
  private readonly peer: Peer;
  private readonly replies: Buffer[] = [];
  private readonly incoming = new FrameReader();
  private xid = 0;

  private constructor(world: FuzzWorld) {
    this.world = world;
    this.peer = world.connect();
    this.peer.onBytes = (bytes) => {
      for (const { bytes: frame, isFirst } of this.incoming.push(bytes)) this.received(frame, isFirst);
    };
  }

  static async open(world: FuzzWorld): Promise<HealthySession> {
    const session = new HealthySession(world);
    const writer = new JuteWriter();
    const at = writer.beginFrame();
    connectRequestCodec.write(writer, {
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeOut: world.sessionTimeoutMs,
      sessionId: 0n,
      passwd: Buffer.alloc(PASSWORD_BYTES),
      readOnly: false,
    });
    session.peer.send(writer.endFrame(at).take());
    const { timeOut } = connectResponseCodec.read(new JuteReader(await session.reply('a session'), 4));
    if (timeOut !== world.sessionTimeoutMs) throw new Error(`a healthy session got a timeout of ${timeOut} ms`);
    return session;
  }

  /** Sends a request and waits for its answer, which must be the next one. */
  async ask<Op extends RequestOp>(op: Op, body: RequestOf<Op>): Promise<Answer<Op>> {
    this.sendOnly(op, body);
    return this.answerTo(op, this.xid);
  }

  /** Many requests of one kind at once; the last answer. */
  async askAll<Op extends RequestOp>(op: Op, bodies: readonly RequestOf<Op>[]): Promise<Answer<Op> | null> {
    const first = this.xid + 1;
    for (const body of bodies) this.sendOnly(op, body);
    let last: Answer<Op> | null = null;
    for (let xid = first; xid <= this.xid; xid += 1) last = await this.answerTo(op, xid);
    return last;
  }

  /** Ends the session; resolves when the server has closed the connection. */
  async close(): Promise<void> {
    await this.ask(-11, {});
    await this.world.until('the end of a healthy session', () => this.peer.isClosed);
  }

  private sendOnly<Op extends RequestOp>(op: Op, body: RequestOf<Op>): void {
    this.xid += 1;
    this.peer.send(requestOf(this.xid, op, body));
  }

  private async answerTo<Op extends RequestOp>(op: Op, wanted: number): Promise<Answer<Op>> {
    const reader = new JuteReader(await this.reply(`the answer to request ${wanted} of type ${op}`), 4);
    const xid = reader.int32();
    if (xid !== wanted) throw new Error(`a healthy session was answered ${xid}, not ${wanted}`);
    const zxid = reader.zxid();
    const err = reader.int32();
    const codec = requestCodecs[op] as unknown as OpCodec<unknown, ResponseOf<Op>>;
    return { err, zxid, body: err === 0 ? codec.response.read(reader) : null };
  }

  private async reply(what: string): Promise<Buffer> {
    await this.world.until(what, () => this.replies.length > 0 || this.peer.isClosed);
    const reply = this.replies.shift();
    if (reply === undefined) throw new Error(`${what}: the server closed a healthy session`);
    return reply;
  }

  private received(frame: Buffer, isFirst: boolean): void {
    const isEvent = !isFirst && frame.readInt32BE(4) === -1;
    if (isEvent) this.events.push(watcherEventCodec.read(new JuteReader(frame, 4 + 16)));
    else this.replies.push(frame);
  }
}
