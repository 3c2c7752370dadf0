import type { Zxid } from '../../protocol/zxid.js';
import type { NodeId } from './node-id.js';
import type { NodeState } from './node-state.js';

/** A node as preparing saw it, before it changed it: by this, applying knows it again. */
export class SeenNode {
  /** NO_NODE for one that was not there yet. */
  readonly node: NodeId;
  readonly czxid: Zxid;
  /** Its part of the tree digest. */
  readonly digestBefore: number;
  /** The same after the change; meaningless where the tree keeps no digest. */
  digest = 0;

  constructor({ node, czxid, digest }: NodeState) {
    this.node = node;
    this.czxid = czxid;
    this.digestBefore = digest;
  }
}
