import { OpCode } from '../../protocol/op-codes.js';
import { DIGEST_VERSION } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import { SetInPlace } from '../tree/set-in-place.js';
import type { Entry } from '../zab/entry.js';
import { readSetInPlace } from './read-set-in-place.js';

// Where the header of an entry has what: long session, int cxid, long zxid, long time, int type.
const CXID = 8;
const ZXID = 12;
const TIME = 20;
const TYPE = 28;
const HEADER_BYTES = 32;
/** int version, long digest: at the end, or absent. */
const DIGEST_BYTES = 12;

const scratch = new SetInPlace();

/** Whether an entry is a setData that {@link LoggedSet} can read: of such an entry nothing else has to be checked. */
export function isPlainSet({ zxid, bytes, start, end }: Entry): boolean {
  if (end - start < HEADER_BYTES || bytes.readInt32BE(start + TYPE) !== OpCode.setData) return false;
  if (longAt(bytes, start + ZXID) !== zxid) return false;
  const setEnd = readSetInPlace(bytes, start + HEADER_BYTES, end, scratch);
  return setEnd === end || setEnd === end - DIGEST_BYTES;
}

/** A committed setData as it lies in its entry: one object for one after the other. */
export class LoggedSet {
  readonly set = new SetInPlace();
  private entry: Entry | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private setEnd = 0;

  /** A plain one. */
  turnTo(entry: Entry): this {
    const { set } = this;
    const { bytes, start, end, zxid } = entry;
    if (bytes !== this.entry?.bytes) this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.entry = entry;
    this.setEnd = readSetInPlace(bytes, start + HEADER_BYTES, end, set);
    set.view = this.view;
    // In the log the version is that of the node afterwards.
    set.version = set.expectedVersion;
    set.mzxid = zxid;
    set.mtime = longAt(bytes, start + TIME);
    return this;
  }

  get cxid(): number {
    return this.at.bytes.readInt32BE(this.at.start + CXID);
  }

  isOf(sessionId: bigint): boolean {
    return this.at.bytes.readBigInt64BE(this.at.start) === sessionId;
  }

  get zxid(): Zxid {
    return this.at.zxid;
  }

  /** Whether the leader's tree had this digest afterwards, as far as it says. */
  isWith(digest: { is(high: number, low: number): boolean }): boolean {
    const { setEnd } = this;
    const { bytes, end } = this.at;
    if (setEnd === end || bytes.readInt32BE(setEnd) !== DIGEST_VERSION) return true;
    return digest.is(bytes.readInt32BE(setEnd + 4), bytes.readInt32BE(setEnd + 8));
  }

  private get at(): Entry {
    if (this.entry === null) throw new Error('no set is at hand');
    return this.entry;
  }
}

function longAt(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
