import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { ReconfigRequest } from '../../protocol/reconfig.js';
import type { Txn, TxnDigest } from '../../protocol/txn.js';
import { DIGEST_VERSION } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclChecker } from './acl-check.js';
import type { DataTree } from './data-tree.js';
import type { DigestSum } from './digest-sum.js';
import { OutstandingChanges } from './outstanding-changes.js';
import { prepareCreate } from './prepare-create.js';
import { prepareCloseSession, prepareDelete, prepareDeleteContainer } from './prepare-delete.js';
import type { InPlaceContext } from './prepare-in-place.js';
import { prepareInPlace } from './prepare-in-place.js';
import { prepareMulti } from './prepare-multi.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import type { MemberGate } from './prepare-reconfig.js';
import { prepareReconfig } from './prepare-reconfig.js';
import { prepareSetAcl, prepareSetData } from './prepare-set.js';
import type { Proposal, RequestContext, SessionGate, WriteRequest } from './proposal.js';
import type { QuotaGuardOptions } from './quota-guard.js';
import { QuotaGuard } from './quota-guard.js';
import type { SetInPlace } from './set-in-place.js';

export interface PreparerOptions extends QuotaGuardOptions {
  readonly tree: DataTree;
  readonly access: AclChecker;
  readonly sessions: SessionGate;
  /** Members may be changed; where there are none it decides which error refuses that. */
  readonly reconfigEnabled: boolean;
  /** Absent: this server is alone. */
  readonly members?: MemberGate;
  /** ms; 0 keeps containers that never had a child for ever (`znode.container.maxNeverUsedIntervalMs`). */
  readonly containerMaxNeverUsedMs: number;
  /** The longest entry of the log: a transaction with header and digest. */
  readonly entryBytesMax: number;
}

/**
 * Turns writes into transactions: validated against the tree plus everything prepared and not yet applied, and fully
 * determined (names, versions, owner, time). Several may be prepared before the first is applied, and give the same as
 * one after the other.
 */
export class Preparer {
  private readonly options: PreparerOptions;
  private readonly changes: OutstandingChanges;
  private readonly scope: PrepareScope;

  constructor(options: PreparerOptions) {
    this.options = options;
    this.changes = new OutstandingChanges(options.tree);
    this.scope = {
      changes: this.changes,
      access: options.access,
      sessions: options.sessions,
      quotas: new QuotaGuard(this.changes, options),
      containerMaxNeverUsedMs: options.containerMaxNeverUsedMs,
      entryBytesMax: options.entryBytesMax,
    };
  }

  /** Changes to nodes that wait for their transaction to be applied, for `outstanding_changes`. */
  get outstandingCount(): number {
    return this.changes.size;
  }

  /** Zxids must grow from call to call. A refused request gives a proposal, too, of type error (client-protocol 3.3). */
  prepare(request: WriteRequest, context: RequestContext): Proposal {
    this.changes.begin();
    return this.propose(this.prepareTxn(request, context), context);
  }

  /** The transaction that a request becomes which was refused before anything was looked at. */
  refuse(err: number, context: RequestContext): Proposal {
    return this.propose(err, context);
  }

  /** The tree digest after everything prepared; null where it keeps none. */
  get digestSum(): DigestSum | null {
    return this.options.tree.options.digestEnabled ? this.changes.digest : null;
  }

  /** Makes the first `count` sets one transaction, if {@link prepareInPlace} can; else nothing has happened. */
  prepareInPlace(sets: readonly SetInPlace[], count: number, context: InPlaceContext): boolean {
    this.changes.begin();
    return prepareInPlace(this.scope, sets, count, context);
  }

  /** A set has been applied, and its object is free for another. */
  appliedInPlace(set: SetInPlace): void {
    this.changes.dropSet(set);
  }

  /** Everything up to `zxid` has been applied to the tree. Call it before anything else is prepared. */
  committed(zxid: Zxid): void {
    this.changes.committed(zxid);
  }

  private propose(prepared: Prepared, context: RequestContext): Proposal {
    const isRefused = typeof prepared === 'number';
    const txn: Txn = isRefused ? { type: OpCode.error, err: prepared } : prepared;
    return {
      header: {
        clientId: context.sessionId,
        cxid: context.cxid,
        zxid: context.zxid,
        timeMs: context.timeMs,
        type: txn.type,
      },
      txn,
      digest: isRefused ? null : this.digest(),
      err: isRefused ? prepared : ErrorCode.OK,
    };
  }

  private digest(): TxnDigest | null {
    if (!this.options.tree.options.digestEnabled) return null;
    return { version: DIGEST_VERSION, digest: this.changes.treeDigest };
  }

  private prepareTxn(request: WriteRequest, context: RequestContext): Prepared {
    const { scope } = this;
    switch (request.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        return prepareCreate(scope, request, context);
      case OpCode.delete:
        return prepareDelete(scope, request.body, context);
      case OpCode.deleteContainer:
        return prepareDeleteContainer(scope, request.body.path, context);
      case OpCode.setData:
        return prepareSetData(scope, request.body, context);
      case OpCode.setACL:
        return prepareSetAcl(scope, request.body, context);
      case OpCode.multi:
        return prepareMulti(scope, request.body, context);
      case OpCode.reconfig:
        return this.prepareReconfig(request.body, context);
      case OpCode.createSession:
        return { type: OpCode.createSession, timeOut: request.body.timeOut };
      case OpCode.closeSession:
        return prepareCloseSession(scope, context);
    }
  }

  private prepareReconfig(body: ReconfigRequest, context: RequestContext): Prepared {
    const { reconfigEnabled, members } = this.options;
    if (!reconfigEnabled) return ErrorCode.RECONFIGDISABLED;
    // Alone there is no ensemble to change (client-protocol 5.3).
    return members === undefined
      ? ErrorCode.UNIMPLEMENTED
      : prepareReconfig(this.scope, body, { gate: members, context });
  }
}
