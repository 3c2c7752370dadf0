import { JuteWriter } from '../../protocol/jute-writer.js';
import { OpCode } from '../../protocol/op-codes.js';
import { writeTxn, writeTxnDigest, writeTxnHeader } from '../../protocol/txn-codec.js';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { LogEntry, TxnLog } from '../pipeline/txn-log.js';
import type { Proposer } from '../quorum/leader-replica.js';
import type { Reconfiguration } from '../zab/broadcast.js';
import type { EntryInPlace } from '../zab/entry.js';
import { QuorumConfig } from '../zab/quorum-config.js';
import type { Writable } from '../zab/writable.js';

/** Where a leader's pipeline puts its transactions: encoded once, for its own log and for all learners. */
export class ProposalLog implements TxnLog {
  private readonly proposer: Proposer;
  private readonly membersProposed: (config: QuorumConfig) => Reconfiguration;
  private readonly writer = new JuteWriter();
  private view: DataView | null = null;
  private readonly entry: Writable<EntryInPlace> = { zxid: ZXID_NONE, bytes: new Uint8Array(0), start: 0, end: 0 };

  constructor(proposer: Proposer, membersProposed: (config: QuorumConfig) => Reconfiguration) {
    this.proposer = proposer;
    this.membersProposed = membersProposed;
  }

  append(header: TxnHeader, txn: Txn, digest: TxnDigest | null): void {
    const { writer, entry } = this;
    writer.truncate(0);
    writeTxnHeader(writer, header);
    writeTxn(writer, txn);
    if (digest !== null) writeTxnDigest(writer, digest);
    this.view = null;
    entry.bytes = writer.store;
    if (txn.type === OpCode.reconfig) this.reconfigure(header.zxid, txn.data?.toString('utf8') ?? '');
    else this.propose(header.zxid, 0, writer.length);
  }

  appendEntry({ zxid, view, start, end }: LogEntry): void {
    if (view !== this.view) {
      this.view = view;
      this.entry.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    }
    this.propose(zxid, start, end);
  }

  private reconfigure(zxid: EntryInPlace['zxid'], members: string): void {
    const { entry, writer } = this;
    entry.zxid = zxid;
    entry.start = 0;
    entry.end = writer.length;
    this.proposer.reconfigure(entry, this.membersProposed(QuorumConfig.parse(members)));
  }

  private propose(zxid: EntryInPlace['zxid'], start: number, end: number): void {
    const { entry } = this;
    entry.zxid = zxid;
    entry.start = start;
    entry.end = end;
    this.proposer.propose(entry);
  }
}
