import { OpCode } from '../../protocol/op-codes.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from '../tree/acl-list.js';
import type { ApplyResult } from '../tree/apply-result.js';
import type { Triggers } from '../tree/triggers.js';
import { NO_TRIGGERS } from '../tree/triggers.js';
import type { WatchTable } from '../watches/watch-table.js';
import type { ClientLink } from './client-link.js';
import type { EventSink } from './event-sink.js';
import type { PipelineParts } from './pipeline-parts.js';

/** Makes committed transactions happen: to the tree, to the watches, to the counters. */
export class TxnApplier {
  private readonly parts: PipelineParts;
  private readonly watches: WatchTable<ClientLink, AclList>;
  private readonly events: EventSink;

  constructor(parts: PipelineParts, watches: WatchTable<ClientLink, AclList>, events: EventSink) {
    this.parts = parts;
    this.watches = watches;
    this.events = events;
  }

  apply(header: TxnHeader, txn: Txn): ApplyResult {
    const result = this.parts.tree.apply(header, txn, this.begin(header.zxid));
    this.end(header.zxid);
    this.countWrite(txn);
    return result;
  }

  /** For who applies something himself: whom to tell of it. Paths are made for the watches only if there are any. */
  begin(zxid: Zxid): Triggers {
    this.events.zxid = zxid;
    return this.watches.size === 0 ? NO_TRIGGERS : this.watches;
  }

  end(zxid: Zxid): void {
    this.parts.stats.committed();
    this.parts.applied(zxid);
  }

  private countWrite(txn: Txn): void {
    const { stats } = this.parts;
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
      case OpCode.setData:
      case OpCode.reconfig:
        return stats.writeApplied(txn.path, txn.data === null ? 0 : txn.data.length);
      case OpCode.delete:
      case OpCode.deleteContainer:
      case OpCode.setACL:
      case OpCode.check:
        return stats.writeApplied(txn.path, 0);
      default:
      // No one path.
    }
  }
}
