import { OPEN_ACL_UNSAFE } from '../../protocol/acl.js';
import { CreateFlags, isCreateFlags, isTtlFlags } from '../../protocol/create-mode.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { MultiOp, MultiRequest } from '../../protocol/multi.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Txn } from '../../protocol/txn.js';
import { ENTRY_OVERHEAD_BYTES, txnBytes } from './entry-size.js';
import { prepareCreate, type CreateOp } from './prepare-create.js';
import { prepareDelete } from './prepare-delete.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import { prepareCheck, prepareSetData } from './prepare-set.js';
import type { RequestContext } from './proposal.js';

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
  let entryBytes = ENTRY_OVERHEAD_BYTES;
  changes.beginMulti();
  for (const op of body.ops) {
    let prepared = prepareOp(scope, op, context);
    if (typeof prepared !== 'number') {
      entryBytes += txnBytes(prepared);
      if (entryBytes > scope.entryBytesMax) prepared = tooLong(prepared);
    }
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

/** What the log cannot hold must not be decided: lists of identities that have grown, or very many suffixes. */
function tooLong(txn: Txn): number {
  return 'acl' in txn && txn.acl !== OPEN_ACL_UNSAFE ? ErrorCode.INVALIDACL : ErrorCode.MARSHALLINGERROR;
}

/** What the newer servers count as a body that cannot be decoded. */
function isUnreadable(op: MultiOp): boolean {
  if (op.body.path === null) return true;
  if (!('flags' in op.body)) return false;
  const { flags } = op.body;
  // A TTL is looked for behind the flags that tell of one, and only this op has it there.
  return !isCreateFlags(flags) || (isTtlFlags(flags) && op.type !== OpCode.createTTL);
}

/** Inside a multi the flags decide the kind of node, not the op: the C client asks for a container with a plain create. */
function ofKind(op: CreateOp): CreateOp {
  const { flags } = op.body;
  if (flags === CreateFlags.container) return { type: OpCode.createContainer, body: op.body };
  const isPlain = op.type === OpCode.create || op.type === OpCode.create2 || isTtlFlags(flags as CreateFlags);
  return isPlain ? op : { type: OpCode.create2, body: op.body };
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
      return prepareCreate(scope, ofKind(op), context);
  }
}
