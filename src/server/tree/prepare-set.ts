import { Perms } from '../../protocol/acl.js';
import type { CheckVersionRequest } from '../../protocol/check.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import { pathFault } from '../../protocol/paths.js';
import type { SetAclRequest } from '../../protocol/set-acl.js';
import type { SetDataRequest } from '../../protocol/set-data.js';
import { checkEntrySize } from './entry-size.js';
import { PreparedSetData } from './prepared-set-data.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import { checkVersion, nextVersion } from './prepare-scope.js';
import type { RequestContext } from './proposal.js';

/** The checks are in the order of client-protocol 5.2. */
export function prepareSetData(scope: PrepareScope, body: SetDataRequest, context: RequestContext): Prepared {
  const { changes } = scope;
  const { path, data } = body;
  const sessionError = scope.sessions.check(context);
  if (sessionError !== ErrorCode.OK) return sessionError;
  if (path === null || pathFault(path) !== null) return ErrorCode.BADARGUMENTS;
  const node = changes.find(path);
  if (node === undefined) return ErrorCode.NONODE;
  if (!scope.access.permits(node.acl, Perms.write, context.identities)) return ErrorCode.NOAUTH;
  const bytesDelta = (data === null ? 0 : data.length) - node.dataLength;
  const quotaError = scope.quotas.check(path, { count: 0, bytes: bytesDelta });
  if (quotaError !== ErrorCode.OK) return quotaError;
  const versionError = checkVersion(body.version, node.version);
  if (versionError !== ErrorCode.OK) return versionError;

  const record = changes.edit(node, context.zxid);
  const digestBefore = record.digest;
  record.data = data;
  record.version = nextVersion(record.version);
  record.mzxid = context.zxid;
  record.mtime = context.timeMs;
  changes.seal(record, true);
  scope.quotas.dataChanged(path, bytesDelta, context.zxid);
  return new PreparedSetData(record, data, digestBefore);
}

/** The version is compared with the ACL's own. */
export function prepareSetAcl(scope: PrepareScope, body: SetAclRequest, context: RequestContext): Prepared {
  const { changes, access } = scope;
  const { path } = body;
  const sessionError = scope.sessions.check(context);
  if (sessionError !== ErrorCode.OK) return sessionError;
  if (path === null || pathFault(path) !== null) return ErrorCode.BADARGUMENTS;
  const entries = access.expand(body.acl, context.identities);
  if (typeof entries === 'number') return entries;
  const node = changes.find(path);
  if (node === undefined) return ErrorCode.NONODE;
  if (!access.permits(node.acl, Perms.admin, context.identities)) return ErrorCode.NOAUTH;
  const versionError = checkVersion(body.version, node.aversion);
  if (versionError !== ErrorCode.OK) return versionError;
  const sizeError = checkEntrySize({ path, data: null, acl: entries }, scope.entryBytesMax);
  if (sizeError !== ErrorCode.OK) return sizeError;

  const record = changes.edit(node, context.zxid);
  record.acl = changes.tree.acls.peek(entries);
  record.aversion = nextVersion(record.aversion);
  changes.seal(record);
  return { type: OpCode.setACL, path, acl: entries, version: record.aversion };
}

/** Changes nothing: fails its multi when the version is another. */
export function prepareCheck(scope: PrepareScope, body: CheckVersionRequest, context: RequestContext): Prepared {
  const { path } = body;
  if (path === null || pathFault(path) !== null) return ErrorCode.BADARGUMENTS;
  const node = scope.changes.find(path);
  if (node === undefined) return ErrorCode.NONODE;
  if (!scope.access.permits(node.acl, Perms.read, context.identities)) return ErrorCode.NOAUTH;
  const versionError = checkVersion(body.version, node.version);
  if (versionError !== ErrorCode.OK) return versionError;
  return { type: OpCode.check, path, version: nextVersion(node.version) };
}
