import { CutBytes } from './cut-bytes.js';

/** What {@link FrameSplitter.push} found wrong with a length prefix. */
export interface FrameFault {
  readonly length: number;
  readonly reason: 'negative' | 'tooLong';
}

/** Called with the frame's payload as [start, end) of `buf`; return false to stop: the rest is kept for `proceed`. */
export type FrameHandler = (buf: Buffer, start: number, end: number) => boolean;

/**
 * Cuts a byte stream into length-prefixed frames (client-protocol 1.2). Frames that lie whole in a chunk are handed out
 * in place; only a frame that a chunk cuts is gathered in a buffer of its own.
 */
export class FrameSplitter {
  private readonly frameBytesMax: number;
  private readonly longFrameBytesMax: () => number;
  /** The start of a frame (prefix included) that is not yet whole. */
  private readonly partial = new CutBytes();
  /** What came behind a frame whose handler wanted no more. */
  private backlog: Buffer = EMPTY;

  /** `longFrameBytesMax` is asked when a longer frame comes: it may be one that somebody waits for. */
  constructor(frameBytesMax: number, longFrameBytesMax: () => number = NONE) {
    this.frameBytesMax = frameBytesMax;
    this.longFrameBytesMax = longFrameBytesMax;
  }

  /** Hands out what was left when a handler stopped. */
  proceed(onFrame: FrameHandler): FrameFault | null {
    return this.backlog.length === 0 ? null : this.push(EMPTY, onFrame);
  }

  /** Feeds a chunk; returns the first fault, after which the stream cannot go on. */
  push(bytes: Buffer, onFrame: FrameHandler): FrameFault | null {
    const chunk = this.backlog.length === 0 ? bytes : Buffer.concat([this.backlog, bytes]);
    this.backlog = EMPTY;
    const { partial } = this;
    let pos = 0;
    while (partial.length > 0) {
      const used = this.fillPartial(chunk, pos);
      pos += used;
      const total = this.partialTotal();
      if (total === null) return null;
      const fault = this.faultOf(total - 4);
      if (fault !== null) return fault;
      if (partial.length < total) {
        if (pos === chunk.length) return null;
        continue;
      }
      if (!onFrame(partial.take(), 4, total)) return this.keepFrom(chunk, pos);
    }
    return this.whole(chunk, pos, onFrame);
  }

  private whole(chunk: Buffer, from: number, onFrame: FrameHandler): FrameFault | null {
    let pos = from;
    while (chunk.length - pos >= 4) {
      const length = chunk.readInt32BE(pos);
      const fault = this.faultOf(length);
      if (fault !== null) return fault;
      const end = pos + 4 + length;
      if (end > chunk.length) break;
      pos = end;
      if (!onFrame(chunk, pos - length, end)) return this.keepFrom(chunk, pos);
    }
    if (pos < chunk.length) this.partial.append(chunk, pos, chunk.length);
    return null;
  }

  private keepFrom(chunk: Buffer, pos: number): null {
    if (pos < chunk.length) this.backlog = Buffer.from(chunk.subarray(pos));
    return null;
  }

  /** Copies as much of the chunk as the partial frame still lacks; returns how much. */
  private fillPartial(chunk: Buffer, pos: number): number {
    const wanted = (this.partialTotal() ?? 4) - this.partial.length;
    const used = Math.min(Math.max(wanted, 0), chunk.length - pos);
    this.partial.append(chunk, pos, pos + used);
    return used;
  }

  private partialTotal(): number | null {
    const { bytes, length } = this.partial;
    return length < 4 ? null : bytes.readInt32BE(0) + 4;
  }

  private faultOf(length: number): FrameFault | null {
    if (length < 0) return { length, reason: 'negative' };
    if (length > this.frameBytesMax && length > this.longFrameBytesMax()) return { length, reason: 'tooLong' };
    return null;
  }
}

const EMPTY = Buffer.alloc(0);
const NONE = (): number => 0;
