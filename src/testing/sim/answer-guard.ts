import { Xid } from '../../protocol/event.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { replyHeaderCodec } from '../../protocol/headers.js';
import { JuteReader } from '../../protocol/jute-reader.js';

export interface AnswerGuardOptions {
  /** The newest transaction that would be found on the disk if the power failed now; `wanted` or later will do. */
  readonly durableZxid: (wanted: number) => number;
  /** The server speaks of a transaction that the disk could still forget. */
  readonly onTooEarly: (zxid: number, durableZxid: number) => void;
}

const FRAME_BYTES_MAX = 2 ** 30;

/** Listens to what the server writes on one connection, at the moment when it writes it. */
export class AnswerGuard {
  private readonly options: AnswerGuardOptions;
  private readonly frames = new FrameSplitter(FRAME_BYTES_MAX);
  private hasAnswered = false;

  constructor(options: AnswerGuardOptions) {
    this.options = options;
  }

  /** Bytes that the server hands to the network. */
  wrote(bytes: Buffer): void {
    this.frames.push(bytes, (buf, start, end) => {
      if (this.hasAnswered) this.onFrame(new JuteReader(buf, start, end));
      this.hasAnswered = true;
      return true;
    });
  }

  private onFrame(reader: JuteReader): void {
    const { xid, zxid } = replyHeaderCodec.read(reader);
    // A catch-up event names no transaction; what one says of is at most what an earlier answer said of.
    if (xid === Xid.notification && zxid < 0) return;
    const durableZxid = this.options.durableZxid(zxid);
    if (zxid > durableZxid) this.options.onTooEarly(zxid, durableZxid);
  }
}
