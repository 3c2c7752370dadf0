import { PacketType } from '../../../protocol/quorum/packet-type.js';

/** What one server says to another on the quorum port. */
export interface SpokenPacket {
  readonly type: number;
  readonly zxid: number;
  readonly data: Buffer | null;
}

const INT_BYTES = 4;
const HEAD_BYTES = 12;
/** How a snapshot on the wire ends: behind the path "/" stands a signature. */
const SNAPSHOT_END = Buffer.from('\0\0\0\x01/\0\0\0\x0aBenWasHere', 'latin1');

/** Cuts one direction of a connection on the quorum port into packets, anew: see quorum-protocol 3.1. */
export class QuorumStream {
  private readonly heard: (packet: SpokenPacket) => void;
  private rest: Buffer = Buffer.alloc(0);
  private isSnapshot = false;

  constructor(heard: (packet: SpokenPacket) => void) {
    this.heard = heard;
  }

  push(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.rest, bytes]);
    while (this.isSnapshot ? this.skipSnapshot() : this.nextPacket());
  }

  private skipSnapshot(): boolean {
    const at = this.rest.indexOf(SNAPSHOT_END);
    if (at < 0) {
      this.rest = this.rest.subarray(Math.max(0, this.rest.length - SNAPSHOT_END.length));
      return false;
    }
    this.rest = this.rest.subarray(at + SNAPSHOT_END.length);
    this.isSnapshot = false;
    return true;
  }

  private nextPacket(): boolean {
    const { rest } = this;
    const dataEnd = endOfBuffer(rest, HEAD_BYTES);
    const end = dataEnd === null ? null : endOfIds(rest, dataEnd);
    if (dataEnd === null || end === null) return false;
    this.rest = rest.subarray(end);
    const type = rest.readInt32BE(0);
    const hasData = rest.readInt32BE(HEAD_BYTES) >= 0;
    this.isSnapshot = type === PacketType.SNAP;
    const data = hasData ? rest.subarray(HEAD_BYTES + INT_BYTES, dataEnd) : null;
    this.heard({ type, zxid: Number(rest.readBigInt64BE(INT_BYTES)), data });
    return true;
  }
}

/** Where a buffer or string that begins at `start` ends; null: not there yet. */
function endOfBuffer(bytes: Buffer, start: number): number | null {
  if (bytes.length < start + INT_BYTES) return null;
  const end = start + INT_BYTES + Math.max(0, bytes.readInt32BE(start));
  return end <= bytes.length ? end : null;
}

/** A vector of (scheme, id). */
function endOfIds(bytes: Buffer, start: number): number | null {
  if (bytes.length < start + INT_BYTES) return null;
  let end: number | null = start + INT_BYTES;
  for (let left = 2 * bytes.readInt32BE(start); left > 0 && end !== null; left--) end = endOfBuffer(bytes, end);
  return end;
}
