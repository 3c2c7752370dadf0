import { Perms } from '../../protocol/acl.js';
import type { DeleteRequest } from '../../protocol/delete.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import { parentOf } from '../../protocol/paths.js';
import type { ChangeRecord } from './change-record.js';
import type { NodeState } from './node-state.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import { checkVersion, forgetChild } from './prepare-scope.js';
import { PreparedDelete } from './prepared-delete.js';
import type { RequestContext } from './proposal.js';
import { SeenNode } from './seen-node.js';
import { isDueForRemoval } from './sweep.js';

/** Not even super deletes these. */
const RESERVED = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

/** The checks are in the order of client-protocol 5.2. */
export function prepareDelete(scope: PrepareScope, body: DeleteRequest, context: RequestContext): Prepared {
  const { changes, access } = scope;
  const { path } = body;
  if (path === null) return ErrorCode.MARSHALLINGERROR;
  const sessionError = scope.sessions.check(context);
  if (sessionError !== ErrorCode.OK) return sessionError;
  if (!path.includes('/') || path.includes('\0') || RESERVED.has(path)) return ErrorCode.BADARGUMENTS;
  const parent = changes.find(parentOf(path));
  if (parent === undefined) return ErrorCode.NONODE;
  if (!access.permits(parent.acl, Perms.delete, context.identities)) return ErrorCode.NOAUTH;
  const node = changes.find(path);
  if (node === undefined) return ErrorCode.NONODE;
  const versionError = checkVersion(body.version, node.version);
  if (versionError !== ErrorCode.OK) return versionError;
  if (node.numChildren > 0) return ErrorCode.NOTEMPTY;
  const seenParent = new SeenNode(parent);
  seenParent.digest = removeNode(scope, { parent, node }, context).digest;
  return new PreparedDelete(path, new SeenNode(node), seenParent);
}

/**
 * The sweep's own deletion. What the sweep saw may have changed since: a TTL node that was written, a container that
 * got a child, stay. From a client it is refused: it would pass by the ACLs (client-protocol 5.3).
 */
export function prepareDeleteContainer(scope: PrepareScope, path: string | null, context: RequestContext): Prepared {
  if (path === null || !context.isInternal || RESERVED.has(path)) return ErrorCode.BADARGUMENTS;
  const node = scope.changes.find(path);
  const parent = scope.changes.find(parentOf(path));
  if (node === undefined || parent === undefined) return ErrorCode.NONODE;
  if (node.numChildren > 0) return ErrorCode.NOTEMPTY;
  const rules = { nowMs: context.timeMs, containerMaxNeverUsedMs: scope.containerMaxNeverUsedMs };
  if (!isDueForRemoval(node, rules)) return ErrorCode.BADVERSION;
  removeNode(scope, { parent, node }, context);
  return { type: OpCode.deleteContainer, path };
}

/** Every ephemeral the session will own once what is pending is applied. A connection it has left cannot end it. */
export function prepareCloseSession(scope: PrepareScope, context: RequestContext): Prepared {
  const { changes } = scope;
  if (scope.sessions.check(context) === ErrorCode.SESSIONMOVED) return ErrorCode.SESSIONMOVED;
  const paths = changes.ephemeralsOf(context.sessionId);
  for (const path of paths) {
    const node = changes.find(path);
    const parent = changes.find(parentOf(path));
    if (node !== undefined && parent !== undefined) removeNode(scope, { parent, node }, context);
  }
  scope.sessions.closing(context.sessionId);
  return { type: OpCode.closeSession, paths };
}

/** The parent without this child. */
function removeNode(
  scope: PrepareScope,
  { parent, node }: { parent: NodeState; node: NodeState },
  { zxid }: RequestContext,
): ChangeRecord {
  const changedParent = forgetChild(scope, parent, zxid);
  scope.changes.remove(node, zxid);
  scope.quotas.deleted(node.path, node.dataLength, zxid);
  return changedParent;
}
