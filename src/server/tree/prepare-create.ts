import type { Acl } from '../../protocol/acl.js';
import { Perms } from '../../protocol/acl.js';
import type { CreateFlags } from '../../protocol/create-mode.js';
import {
  TTL_MAX_MS,
  isCreateFlags,
  isEphemeralFlags,
  isSequentialFlags,
  isTtlFlags,
} from '../../protocol/create-mode.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import { parentOf, pathFault, sequenceSuffix } from '../../protocol/paths.js';
import type { ChangeRecord } from './change-record.js';
import { sequenceIn } from './change-record.js';
import { checkEntrySize } from './entry-size.js';
import { pathCrc } from './node-digest.js';
import { CONTAINER_OWNER, NodeKind, nodeKindOf, ttlOwner } from './node-kind.js';
import { NO_NODE } from './node-id.js';
import type { NodeState } from './node-state.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import { PreparedCreate } from './prepared-create.js';
import type { RequestContext, WriteRequest } from './proposal.js';
import { SeenNode } from './seen-node.js';
import { ROOT_LIMITS_PATH } from './quota.js';

/** create, create2, createContainer or createTTL. */
export type CreateOp = Extract<WriteRequest, { body: { flags: number } }>;

/** The checks are in the order of client-protocol 5.2: it decides which error a client sees. */
export function prepareCreate(scope: PrepareScope, request: CreateOp, context: RequestContext): Prepared {
  const { changes, access } = scope;
  const { path: asked, flags, acl } = request.body;
  if (asked === null) return ErrorCode.MARSHALLINGERROR;
  const modeError = checkMode(scope, request);
  if (modeError !== ErrorCode.OK) return modeError;
  const sessionError = scope.sessions.check(context);
  if (sessionError !== ErrorCode.OK) return sessionError;
  if (context.isLocalSession && isEphemeralFlags(flags as CreateFlags)) return ErrorCode.EPHEMERALONLOCALSESSION;
  if (!asked.includes('/') || asked.includes('\0')) return ErrorCode.BADARGUMENTS;
  const entries = access.expand(acl, context.identities);
  if (typeof entries === 'number') return entries;
  const parent = changes.find(parentOf(asked));
  if (parent === undefined) return ErrorCode.NONODE;
  if (!access.permits(parent.acl, Perms.create, context.identities)) return ErrorCode.NOAUTH;
  const path = isSequentialFlags(flags as CreateFlags)
    ? asked + sequenceSuffix(sequenceIn(parent, context.zxid))
    : asked;
  if (pathFault(path) !== null || path === ROOT_LIMITS_PATH) return ErrorCode.BADARGUMENTS;
  if (changes.find(path) !== undefined) return ErrorCode.NODEEXISTS;
  if (parent.kind === NodeKind.ephemeral) return ErrorCode.NOCHILDRENFOREPHEMERALS;
  const sizeError = checkEntrySize({ path, data: request.body.data, acl: entries }, scope.entryBytesMax);
  if (sizeError !== ErrorCode.OK) return sizeError;
  const bytes = request.body.data === null ? 0 : request.body.data.length;
  const quotaError = scope.quotas.check(path, { count: 1, bytes });
  if (quotaError !== ErrorCode.OK) return quotaError;

  const seenParent = new SeenNode(parent);
  const changedParent = countChild(scope, parent, context);
  seenParent.digest = changedParent.digest;
  const parentCVersion = changedParent.sequence;
  const added = addNode(scope, { path, request, entries }, context);
  scope.quotas.created(path, bytes, context.zxid);
  const { data } = request.body;
  switch (request.type) {
    case OpCode.createContainer:
      return { type: request.type, path, data, acl: entries, parentCVersion };
    case OpCode.createTTL:
      return { type: request.type, path, data, acl: entries, parentCVersion, ttlMs: Number(request.body.ttl) };
    default:
      return new PreparedCreate(
        request.type,
        { path, data, acl: entries, ephemeral: isEphemeralFlags(flags as CreateFlags), parentCVersion },
        added,
        seenParent,
      );
  }
}

/** Flags against op code and settings (client-protocol 4.3). */
function checkMode(scope: PrepareScope, request: CreateOp): number {
  const { flags } = request.body;
  if (!isCreateFlags(flags)) return ErrorCode.BADARGUMENTS;
  if (!isTtlFlags(flags)) return request.type === OpCode.createTTL ? ErrorCode.BADARGUMENTS : ErrorCode.OK;
  if (!scope.changes.tree.options.extendedTypesEnabled) return ErrorCode.UNIMPLEMENTED;
  if (request.type !== OpCode.createTTL) return ErrorCode.BADARGUMENTS;
  const { ttl } = request.body;
  return ttl >= 1n && ttl <= TTL_MAX_MS ? ErrorCode.OK : ErrorCode.BADARGUMENTS;
}

/** The parent with this child: its `sequence` is the creation counter. */
function countChild({ changes }: PrepareScope, parent: NodeState, context: RequestContext): ChangeRecord {
  const record = changes.edit(parent, context.zxid);
  const counted = (record.sequence + 1) | 0;
  record.sequence = counted;
  record.numChildren++;
  if (counted > record.storedCversion) {
    record.storedCversion = counted;
    if (context.zxid > record.pzxid) record.pzxid = context.zxid;
  }
  changes.seal(record);
  return record;
}

function addNode(
  { changes }: PrepareScope,
  node: { path: string; request: CreateOp; entries: readonly Acl[] },
  context: RequestContext,
): ChangeRecord {
  const owner = ownerOf(node.request, context);
  const { zxid, timeMs } = context;
  return changes.add(
    {
      path: node.path,
      node: NO_NODE,
      data: node.request.body.data,
      dataLength: node.request.body.data === null ? 0 : node.request.body.data.length,
      acl: changes.tree.acls.peek(node.entries),
      kind: nodeKindOf(owner, changes.tree.options.extendedTypesEnabled),
      owner,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: timeMs,
      mtime: timeMs,
      version: 0,
      storedCversion: 0,
      aversion: 0,
      numChildren: 0,
      pathCrc: changes.tree.options.digestEnabled ? pathCrc(node.path) : 0,
      contentCrc: 0,
      digest: 0,
    },
    zxid,
  );
}

/** The op code decides what kind of node it is; of the flags only the ephemeral one counts, and only for plain creates. */
function ownerOf(request: CreateOp, context: RequestContext): bigint {
  switch (request.type) {
    case OpCode.createContainer:
      return CONTAINER_OWNER;
    case OpCode.createTTL:
      return ttlOwner(Number(request.body.ttl));
    default:
      return isEphemeralFlags(request.body.flags as CreateFlags) ? context.sessionId : 0n;
  }
}
