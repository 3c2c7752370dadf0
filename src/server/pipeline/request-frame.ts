import { JuteReader } from '../../protocol/jute-reader.js';

const HEADER_BYTES = 8;
const NOTHING = Buffer.alloc(0);

/** The request at hand, in place: one object that turns from frame to frame. Valid until the next. */
export class RequestFrame {
  buf: Buffer = NOTHING;
  /** Where the body begins and ends. */
  start = 0;
  end = 0;
  xid = 0;
  type = 0;
  private readonly bodyReader = new JuteReader(NOTHING);

  /** False when the frame is too short for a header. */
  turnTo(buf: Buffer, start: number, end: number): boolean {
    if (end - start < HEADER_BYTES) return false;
    this.buf = buf;
    this.start = start + HEADER_BYTES;
    this.end = end;
    this.xid = buf.readInt32BE(start);
    this.type = buf.readInt32BE(start + 4);
    return true;
  }

  /** Bytes of header and body. */
  get length(): number {
    return this.end - this.start + HEADER_BYTES;
  }

  /** Where the header begins. */
  get headerStart(): number {
    return this.start - HEADER_BYTES;
  }

  /** At the start of the body. */
  reader(): JuteReader {
    return this.bodyReader.turnTo(this.buf, this.start, this.end);
  }
}
