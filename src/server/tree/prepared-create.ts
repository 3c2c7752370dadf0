import type { Acl } from '../../protocol/acl.js';
import type { CreateTxn } from '../../protocol/txn.js';
import type { NodeState } from './node-state.js';
import type { SeenNode } from './seen-node.js';

/**
 * A create or create2 with what preparing it has worked out already, so that applying it looks no parent up and adds no
 * checksum up again. As {@link PreparedSetData} it is believed only while the parent is still what it was then, and a replay
 * comes to the same.
 */
export class PreparedCreate implements CreateTxn {
  readonly type: CreateTxn['type'];
  readonly path: string;
  readonly data: Buffer | null;
  readonly acl: readonly Acl[];
  readonly ephemeral: boolean;
  readonly parentCVersion: number;
  /** Of the new node, as all three; meaningless where the tree keeps no digest. */
  readonly pathCrc: number;
  readonly contentCrc: number;
  readonly digest: number;
  readonly parent: SeenNode;

  constructor(
    type: CreateTxn['type'],
    what: Pick<PreparedCreate, 'path' | 'data' | 'acl' | 'ephemeral' | 'parentCVersion'>,
    node: NodeState,
    parent: SeenNode,
  ) {
    this.type = type;
    this.path = what.path;
    this.data = what.data;
    this.acl = what.acl;
    this.ephemeral = what.ephemeral;
    this.parentCVersion = what.parentCVersion;
    this.pathCrc = node.pathCrc;
    this.contentCrc = node.contentCrc;
    this.digest = node.digest;
    this.parent = parent;
  }
}
