import { NodeKind, ttlMsOf } from './node-kind.js';
import type { NodeState } from './node-state.js';

export interface SweepRules {
  /** Epoch ms. */
  readonly nowMs: number;
  /** How long a container may wait for its first child; 0 for ever (`znode.container.maxNeverUsedIntervalMs`). */
  readonly containerMaxNeverUsedMs: number;
}

/** Whether the server may remove this node of its own accord (client-protocol 4.5). */
export function isDueForRemoval(node: NodeState, rules: SweepRules): boolean {
  if (node.numChildren > 0) return false;
  const ageMs = rules.nowMs - node.mtime;
  switch (node.kind) {
    case NodeKind.container:
      if (node.storedCversion > 0) return true;
      return rules.containerMaxNeverUsedMs > 0 && ageMs > rules.containerMaxNeverUsedMs;
    case NodeKind.ttl:
      return ageMs > ttlMsOf(node.owner);
    default:
      return false;
  }
}
