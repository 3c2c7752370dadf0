import { Perms } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { ReconfigRequest } from '../../protocol/reconfig.js';
import type { Zxid } from '../../protocol/zxid.js';
import { CONFIG_NODE_VERSION, CONFIG_PATH } from './config-node.js';
import type { Prepared, PrepareScope } from './prepare-scope.js';
import type { RequestContext } from './proposal.js';

/** Who knows the members of the ensemble. */
export interface MemberGate {
  /** The text of the members that a request makes, if it becomes transaction `zxid`; or the (negative) code of a refusal. */
  change(request: ReconfigRequest, zxid: Zxid): Buffer | number;
}

/** The checks are in the order of quorum-protocol 3.14. */
export function prepareReconfig(
  scope: PrepareScope,
  body: ReconfigRequest,
  { gate, context }: { readonly gate: MemberGate; readonly context: RequestContext },
): Prepared {
  const { changes, access } = scope;
  const sessionError = scope.sessions.check(context);
  if (sessionError !== ErrorCode.OK) return sessionError;
  const data = gate.change(body, context.zxid);
  if (typeof data === 'number') return data;
  const node = changes.find(CONFIG_PATH);
  if (node === undefined) return ErrorCode.NONODE;
  if (!access.permits(node.acl, Perms.write, context.identities)) return ErrorCode.NOAUTH;
  const record = changes.edit(node, context.zxid);
  record.data = data;
  record.version = CONFIG_NODE_VERSION;
  record.mzxid = context.zxid;
  record.mtime = context.timeMs;
  changes.seal(record, true);
  return { type: OpCode.reconfig, path: CONFIG_PATH, data, version: CONFIG_NODE_VERSION };
}
