import { MarshallingError } from '../../protocol/errors.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import { readTxn, readTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import { DIGEST_VERSION } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import { formatZxid, ZXID_NONE } from '../../protocol/zxid.js';
import { Fifo } from '../../runtime/fifo.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { EntryInPlace } from '../zab/entry.js';

/** int version, long digest */
const DIGEST_BYTES = 12;

/** What the leader has proposed. */
export interface AcceptedTxn {
  readonly header: TxnHeader;
  readonly txn: Txn;
  /** Of the leader's tree afterwards, in halves; null where it says nothing that this server understands. */
  readonly digest: { readonly high: number; readonly low: number } | null;
}

/** What a learner has accepted and what is not committed yet, in order. It outlives the learner's catching up. */
export class AcceptedTxns {
  private readonly items = new Fifo<AcceptedTxn>();
  private readonly reader = new JuteReader(Buffer.alloc(0));
  private last = ZXID_NONE;

  /** The last one ever accepted. */
  get lastZxid(): Zxid {
    return this.last;
  }

  /** Throws MarshallingError when this server cannot read it: it must not go on without it (quorum-protocol 5). */
  accept({ zxid, bytes, start, end }: EntryInPlace): Txn {
    const reader = this.reader.turnTo(asBuffer(bytes), start, end);
    const header = readTxnHeader(reader);
    const txn = readTxn(reader, header.type);
    if (header.zxid !== zxid) {
      throw new MarshallingError(`0x${formatZxid(header.zxid)} was proposed as 0x${formatZxid(zxid)}`);
    }
    this.items.push({ header, txn, digest: readDigest(reader) });
    this.last = zxid;
    return txn;
  }

  /** The oldest one that is committed, taken out; null when none is. */
  shiftUpTo(committed: CommittedZxid): AcceptedTxn | null {
    const next = this.items.peek();
    if (next === undefined || next.header.zxid > committed) return null;
    this.items.shift();
    return next;
  }
}

function readDigest(reader: JuteReader): AcceptedTxn['digest'] {
  if (reader.remaining === 0) return null;
  if (reader.remaining !== DIGEST_BYTES) {
    throw new MarshallingError(`${reader.remaining} bytes follow a transaction, not 0 or ${DIGEST_BYTES}`);
  }
  return reader.int32() === DIGEST_VERSION ? { high: reader.int32(), low: reader.int32() } : null;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
