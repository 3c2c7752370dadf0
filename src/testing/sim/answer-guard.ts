import { connectRequestCodec, connectResponseCodec } from '../../protocol/connect.js';
import { Xid } from '../../protocol/event.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { replyHeaderCodec } from '../../protocol/headers.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import type { StreamTap } from './virtual-stream.js';

/** What would be found on the disk if the power failed now. */
export interface SafeGround {
  /** The newest transaction that is there; `wanted` or later will do. */
  lastZxid(wanted: number): number;
  /** Whether this session has certainly begun, and may be served. */
  mayBeLetIn(sessionId: bigint): boolean;
  /** Whether nothing can bring this session back. */
  mayBeCalledOver(sessionId: bigint): boolean;
}

const FRAME_BYTES_MAX = 2 ** 30;

/**
 * Listens to one connection at the server, at the moment when it writes: whatever it says must be said of transactions that
 * the disk cannot forget. Events of a catch-up name none; the answer of their setWatches, which comes right behind, does.
 */
export class AnswerGuard {
  private readonly ground: SafeGround;
  private readonly tooEarly: (message: string) => void;
  private readonly requests = new FrameSplitter(FRAME_BYTES_MAX);
  private readonly answers = new FrameSplitter(FRAME_BYTES_MAX);
  /** The session that the client asked for, 0n for a new one; null before it has asked. */
  private wanted: bigint | null = null;
  private isConnected = false;

  constructor(ground: SafeGround, tooEarly: (message: string) => void) {
    this.ground = ground;
    this.tooEarly = tooEarly;
  }

  /** Bytes that reach the server. */
  heard(bytes: Buffer): void {
    if (this.wanted !== null) return;
    this.requests.push(bytes, (buf, start, end) => {
      this.wanted ??= connectRequestCodec.read(new JuteReader(buf, start, end)).sessionId;
      return false;
    });
  }

  /** Bytes that the server hands to the network. */
  wrote(bytes: Buffer): void {
    this.answers.push(bytes, (buf, start, end) => {
      const reader = new JuteReader(buf, start, end);
      if (this.isConnected) this.onAnswer(reader);
      else this.onHandshake(reader);
      this.isConnected = true;
      return true;
    });
  }

  private onHandshake(reader: JuteReader): void {
    const { sessionId, timeOut } = connectResponseCodec.read(reader);
    if (timeOut > 0) {
      if (this.ground.mayBeLetIn(sessionId)) return;
      this.tooEarly(`lets session ${hex(sessionId)} in, which is not open on its disk`);
    } else if (this.wanted !== null && !this.ground.mayBeCalledOver(this.wanted)) {
      this.tooEarly(`says that session ${hex(this.wanted)} is over, which is still open on its disk`);
    }
  }

  private onAnswer(reader: JuteReader): void {
    const { xid, zxid } = replyHeaderCodec.read(reader);
    if (xid === Xid.notification && zxid < 0) return;
    const safeZxid = this.ground.lastZxid(zxid);
    if (zxid > safeZxid)
      this.tooEarly(`tells of 0x${zxid.toString(16)} while its disk is safe up to 0x${safeZxid.toString(16)}`);
  }
}

function hex(sessionId: bigint): string {
  return `0x${BigInt.asUintN(64, sessionId).toString(16)}`;
}

/** A guard on each connection of clients. */
export function answerTap(ground: SafeGround, tooEarly: (message: string) => void): () => StreamTap {
  return () => {
    const guard = new AnswerGuard(ground, tooEarly);
    return {
      sent: (bytes) => guard.wrote(bytes),
      received: (bytes) => guard.heard(bytes),
      closed: () => undefined,
    };
  };
}
