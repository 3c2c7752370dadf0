import type { Zxid } from '../../protocol/zxid.js';
import type { AclChecker } from './acl-check.js';
import type { DataTree } from './data-tree.js';
import type { Proposal, QuotaWarning, RequestContext, SessionGate, WriteRequest } from './proposal.js';

export interface PreparerOptions {
  readonly tree: DataTree;
  readonly access: AclChecker;
  readonly sessions: SessionGate;
  readonly reconfigEnabled: boolean;
  readonly enforceQuota: boolean;
  /** ms; 0 keeps containers that never had a child for ever (`znode.container.maxNeverUsedIntervalMs`). */
  readonly containerMaxNeverUsedMs: number;
  readonly onSoftQuotaExceeded: ((warning: QuotaWarning) => void) | null;
}

/** Turns writes into transactions, against the tree plus everything prepared and not yet applied. */
export declare class Preparer {
  constructor(options: PreparerOptions);
  prepare(request: WriteRequest, context: RequestContext): Proposal;
  /** Everything up to `zxid` has been applied to the tree. */
  committed(zxid: Zxid): void;
  /** Prepared changes that are not applied yet, for `outstanding_changes`. */
  get outstandingCount(): number;
}
