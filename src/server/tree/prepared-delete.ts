import { OpCode } from '../../protocol/op-codes.js';
import type { DeleteTxn } from '../../protocol/txn.js';
import type { SeenNode } from './seen-node.js';

/** A delete with the nodes that preparing it has found: as {@link PreparedCreate}. */
export class PreparedDelete implements DeleteTxn {
  readonly type = OpCode.delete;
  readonly path: string;
  readonly node: SeenNode;
  readonly parent: SeenNode;

  constructor(path: string, node: SeenNode, parent: SeenNode) {
    this.path = path;
    this.node = node;
    this.parent = parent;
  }
}
