import { OpCode } from '../../protocol/op-codes.js';
import type { Txn } from '../../protocol/txn.js';

/**
 * The transaction as it must stand in the log for every server to replay it. Up to 3.8.1, and so in Debian's 3.8.0,
 * Apache ZooKeeper writes a create2 inside a multi as create (their records are equal), and passes over one of type
 * create2 without a word when it replays a log: the node would be missing.
 */
export function logForm(txn: Txn): Txn {
  if (txn.type !== OpCode.multi || !txn.txns.some(({ type }) => type === OpCode.create2)) return txn;
  return {
    ...txn,
    txns: txn.txns.map((each) => (each.type === OpCode.create2 ? { ...each, type: OpCode.create } : each)),
  };
}
