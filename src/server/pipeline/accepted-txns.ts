import { MarshallingError } from '../../protocol/errors.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import { readTxn, readTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import { DIGEST_VERSION } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import { formatZxid, ZXID_NONE } from '../../protocol/zxid.js';
import { Fifo } from '../../runtime/fifo.js';
import type { CommittedZxid } from '../zab/durable.js';
import { EntryBlocks } from '../zab/entry-blocks.js';
import type { Entry, EntryInPlace } from '../zab/entry.js';
import { isPlainSet } from './logged-set.js';

/** int version, long digest */
const DIGEST_BYTES = 12;

/** What the leader has proposed. */
export interface AcceptedTxn {
  readonly header: TxnHeader;
  readonly txn: Txn;
  /** Of the leader's tree afterwards, in halves; null where it says nothing that this server understands. */
  readonly digest: { readonly high: number; readonly low: number } | null;
}

/** The same as it was accepted. */
export interface Accepted {
  readonly entry: Entry;
  /** Null: a set that is plain to read where it lies. */
  readonly decoded: AcceptedTxn | null;
}

/** What a learner has accepted and what is not committed yet, in order. It outlives the learner's catching up. */
export class AcceptedTxns {
  private readonly items = new Fifo<Accepted>();
  private readonly blocks = new EntryBlocks();
  private readonly reader = new JuteReader(Buffer.alloc(0));
  private readonly committed: (entry: Entry) => void;
  private last = ZXID_NONE;

  /** `committed`: what is taken out, for learners of this server's own one day. */
  constructor(committed: (entry: Entry) => void) {
    this.committed = committed;
  }

  /** The last one ever accepted. */
  get lastZxid(): Zxid {
    return this.last;
  }

  /** Not committed, oldest first. */
  *entries(): IterableIterator<Entry> {
    for (const { entry } of this.items) yield entry;
  }

  /**
   * What it is, where that had to be found out. Throws MarshallingError when this server cannot read it: it must not go on
   * without it (quorum-protocol 5).
   */
  accept(proposed: EntryInPlace): Txn | null {
    const entry = this.blocks.keep(proposed);
    const decoded = isPlainSet(entry) ? null : this.decode(entry);
    this.items.push({ entry, decoded });
    this.last = entry.zxid;
    return decoded === null ? null : decoded.txn;
  }

  /** The oldest one that is committed, taken out; null when none is. */
  shiftUpTo(committed: CommittedZxid): Accepted | null {
    const next = this.items.peek();
    if (next === undefined || next.entry.zxid > committed) return null;
    this.items.shift();
    this.committed(next.entry);
    return next;
  }

  read({ entry, decoded }: Accepted): AcceptedTxn {
    return decoded ?? this.decode(entry);
  }

  private decode({ zxid, bytes, start, end }: Entry): AcceptedTxn {
    const reader = this.reader.turnTo(bytes, start, end);
    const header = readTxnHeader(reader);
    const txn = readTxn(reader, header.type);
    if (header.zxid !== zxid) {
      throw new MarshallingError(`0x${formatZxid(header.zxid)} was proposed as 0x${formatZxid(zxid)}`);
    }
    return { header, txn, digest: readDigest(reader) };
  }
}

function readDigest(reader: JuteReader): AcceptedTxn['digest'] {
  if (reader.remaining === 0) return null;
  if (reader.remaining !== DIGEST_BYTES) {
    throw new MarshallingError(`${reader.remaining} bytes follow a transaction, not 0 or ${DIGEST_BYTES}`);
  }
  return reader.int32() === DIGEST_VERSION ? { high: reader.int32(), low: reader.int32() } : null;
}
