import { JuteWriter } from '../../protocol/jute-writer.js';
import { writeTxn, writeTxnDigest, writeTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { LogEntry, TxnLog } from '../pipeline/txn-log.js';
import type { Proposer } from '../quorum/leader-replica.js';
import type { EntryInPlace } from '../zab/entry.js';
import type { Writable } from '../zab/writable.js';

/** Where a leader's pipeline puts its transactions: encoded once, for its own log and for all learners. */
export class ProposalLog implements TxnLog {
  private readonly proposer: Proposer;
  private readonly writer = new JuteWriter();
  private view: DataView | null = null;
  private readonly entry: Writable<EntryInPlace> = { zxid: ZXID_NONE, bytes: new Uint8Array(0), start: 0, end: 0 };

  constructor(proposer: Proposer) {
    this.proposer = proposer;
  }

  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
    const { writer, entry } = this;
    writer.truncate(0);
    writeTxnHeader(writer, header);
    writeTxn(writer, txn);
    if (digest !== null) writeTxnDigest(writer, digest);
    this.view = null;
    entry.bytes = writer.store;
    this.propose(header.zxid, 0, writer.length);
  }

  appendEntry({ zxid, view, start, end }: LogEntry): void {
    if (view !== this.view) {
      this.view = view;
      this.entry.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    }
    this.propose(zxid, start, end);
  }

  private propose(zxid: EntryInPlace['zxid'], start: number, end: number): void {
    const { entry } = this;
    entry.zxid = zxid;
    entry.start = start;
    entry.end = end;
    this.proposer.propose(entry);
  }
}
