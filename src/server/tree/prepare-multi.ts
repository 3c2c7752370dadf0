import { isCreateFlags } from '../../protocol/create-mode.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { MultiOp, MultiRequest } from '../../protocol/multi.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Txn } from '../../protocol/txn.js';
import { aclBytes } from './acl-expand.js';
import { prepareCreate } from './prepare-create.js';
import { prepareDelete } from './prepare-delete.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import { prepareCheck, prepareSetData } from './prepare-set.js';
import type { RequestContext } from './proposal.js';

/** Most bytes by which the ACLs of all ops together may grow over the request: the log has no room for more. */
const ACL_GROWTH_BYTES_MAX = 512 * 1024;

/**
 * Each op is checked against what the ones before it leave. When one fails the transaction says so op by op, and changes
 * nothing (client-protocol 6). Only what concerns the request as a whole is an error of the multi itself.
 */
export function prepareMulti(scope: PrepareScope, body: MultiRequest, context: RequestContext): Prepared {
  const sessionError = scope.sessions.check(context);
  if (sessionError !== ErrorCode.OK) return sessionError;
  if (body.ops.some(isUnreadable)) return ErrorCode.MARSHALLINGERROR;
  const { changes } = scope;
  const txns: Txn[] = [];
  let aclGrowthBytes = 0;
  changes.beginMulti();
  for (const op of body.ops) {
    let prepared = prepareOp(scope, op, context);
    aclGrowthBytes += aclGrowth(op, prepared);
    if (aclGrowthBytes > ACL_GROWTH_BYTES_MAX) prepared = ErrorCode.INVALIDACL;
    if (typeof prepared === 'number') {
      changes.rollBack();
      if (prepared === ErrorCode.MARSHALLINGERROR) return prepared;
      txns.push({ type: OpCode.error, err: prepared });
      while (txns.length < body.ops.length) txns.push({ type: OpCode.error, err: ErrorCode.RUNTIMEINCONSISTENCY });
      return { type: OpCode.multi, txns };
    }
    txns.push(prepared);
  }
  changes.endMulti();
  return { type: OpCode.multi, txns };
}

/** What `auth` entries, each replaced by identities, have added to the transaction. */
function aclGrowth(op: MultiOp, prepared: Prepared): number {
  if (typeof prepared === 'number' || !('acl' in op.body) || !('acl' in prepared)) return 0;
  return Math.max(0, aclBytes(prepared.acl) - aclBytes(op.body.acl));
}

/** What the newer servers count as a body that cannot be decoded. */
function isUnreadable(op: MultiOp): boolean {
  return op.body.path === null || ('flags' in op.body && !isCreateFlags(op.body.flags));
}

function prepareOp(scope: PrepareScope, op: MultiOp, context: RequestContext): Prepared {
  switch (op.type) {
    case OpCode.delete:
      return prepareDelete(scope, op.body, context);
    case OpCode.setData:
      return prepareSetData(scope, op.body, context);
    case OpCode.check:
      return prepareCheck(scope, op.body, context);
    default:
      return prepareCreate(scope, op, context);
  }
}
