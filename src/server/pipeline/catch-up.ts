import { OpCode } from '../../protocol/op-codes.js';
import type { DataTree } from '../tree/data-tree.js';
import { NO_TRIGGERS } from '../tree/triggers.js';
import type { CommittedZxid } from '../zab/durable.js';
import type { AcceptedTxn, AcceptedTxns } from './accepted-txns.js';
import type { ClientSessions } from './pipeline-parts.js';

/** What transactions change. */
export interface ReplicatedState {
  readonly tree: DataTree;
  readonly sessions: ClientSessions;
}

/** Applies what is committed while nobody is served: there is nobody to be answered or told. */
export class CatchUp {
  private readonly state: ReplicatedState;
  private readonly accepted: AcceptedTxns;

  constructor(state: ReplicatedState, accepted: AcceptedTxns) {
    this.state = state;
    this.accepted = accepted;
  }

  /** Everything accepted up to here. Deadlines of sessions mean nothing yet. */
  committed(upTo: CommittedZxid): void {
    const { accepted } = this;
    for (let next = accepted.shiftUpTo(upTo); next !== null; next = accepted.shiftUpTo(upTo)) {
      this.apply(accepted.read(next));
    }
  }

  private apply({ header, txn }: AcceptedTxn): void {
    const { tree, sessions } = this.state;
    tree.apply(header, txn, NO_TRIGGERS);
    if (txn.type === OpCode.createSession) sessions.add(header.clientId, txn.timeOut, 0);
    else if (txn.type === OpCode.closeSession) sessions.remove(header.clientId);
  }
}
