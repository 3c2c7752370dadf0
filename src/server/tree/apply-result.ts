import type { Stat } from '../../protocol/stat.js';
import type { NodeId } from './node-id.js';

/** What one op did: all that its answer needs. */
export interface OpOutcome {
  /** The op's transaction type; for an op of a multi that failed, error. */
  readonly type: number;
  readonly err: number;
  /** The node's, for every create. */
  readonly path: string | null;
  /**
   * As it was right after this op, for create2, createContainer, createTTL, setData, setACL and reconfig. Of a single op it
   * is the live node: valid until the next transaction. Those of a multi are copies.
   */
  readonly stat: Readonly<Stat> | null;
}

/** What a transaction did. */
export interface ApplyResult extends OpOutcome {
  /** The node that `stat` is of, for `DataTree.writeStat`; NO_NODE without one, and for a multi. */
  readonly node: NodeId;
  /** Of a multi, op by op: `err` above stays 0 when the multi failed, as its reply wants it (client-protocol 6). */
  readonly results: readonly OpOutcome[] | null;
}
