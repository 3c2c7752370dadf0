import type { Acl } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import type {
  CloseSessionTxn,
  CreateContainerTxn,
  CreateTtlTxn,
  CreateTxn,
  DeleteTxn,
  MultiTxn,
  SetAclTxn,
  SetDataTxn,
  Txn,
  TxnHeader,
} from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ApplyResult, OpOutcome } from './apply-result.js';
import { CONTAINER_OWNER, ttlOwner } from './node-kind.js';
import { NO_NODE } from './node-id.js';
import type { NodeStore } from './node-store.js';
import type { QuotaBook } from './quota-book.js';
import { statOf } from './stat-of.js';
import type { StoredZnode } from './stored-znode.js';
import type { Triggers } from './triggers.js';

/** Where a transaction is applied to, and who hears of it. */
export interface ApplyTarget {
  readonly store: NodeStore;
  readonly quotas: QuotaBook;
  readonly triggers: Triggers;
}

type AnyCreateTxn = CreateTxn | CreateContainerTxn | CreateTtlTxn;

const NO_ENTRIES: readonly Acl[] = [];

/**
 * Applies a transaction by the tolerant rules of storage-format 3.4: effects that are there already do no harm, so that a
 * log can be replayed over a snapshot that was written while the tree moved.
 */
export function applyTxn(target: ApplyTarget, header: TxnHeader, txn: Txn): ApplyResult {
  switch (txn.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return applyCreate(target, header, txn);
    case OpCode.delete:
    case OpCode.deleteContainer:
      return applyDelete(target, header, txn);
    case OpCode.setData:
    case OpCode.reconfig:
      return applySetData(target, header, txn);
    case OpCode.setACL:
      return applySetAcl(target, txn);
    case OpCode.multi:
      return applyMulti(target, header, txn);
    case OpCode.closeSession:
      return applyCloseSession(target, header, txn);
    case OpCode.error:
      return outcome(txn.type, txn.err);
    case OpCode.check:
    case OpCode.createSession:
      return outcome(txn.type, ErrorCode.OK);
  }
}

function outcome(type: number, err: number, path: string | null = null, node: StoredZnode | null = null): ApplyResult {
  return { type, err, path, node: node === null ? NO_NODE : node.id, stat: node, results: null };
}

function ownerOf(txn: AnyCreateTxn, header: TxnHeader): bigint {
  switch (txn.type) {
    case OpCode.createContainer:
      return CONTAINER_OWNER;
    case OpCode.createTTL:
      return ttlOwner(txn.ttlMs);
    default:
      return txn.ephemeral ? header.clientId : 0n;
  }
}

function applyCreate(target: ApplyTarget, header: TxnHeader, txn: AnyCreateTxn): ApplyResult {
  const { store, quotas, triggers } = target;
  const parent = store.parent(txn.path);
  if (parent === undefined) return outcome(txn.type, ErrorCode.NONODE, txn.path);
  countChild(store, parent, txn.parentCVersion, header.zxid);
  const acl = store.acls.intern(txn.acl ?? NO_ENTRIES);
  const existing = store.find(txn.path);
  if (existing !== undefined) {
    // Only a replay comes here. The node may be a later one whose ACL the snapshot did not hold.
    store.updateAcl(existing, acl, existing.aversion);
    return outcome(txn.type, ErrorCode.NODEEXISTS, txn.path);
  }
  const { zxid, timeMs } = header;
  const node = store.insert(parent, txn.path, {
    data: txn.data,
    acl,
    fields: {
      owner: ownerOf(txn, header),
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: timeMs,
      mtime: timeMs,
      version: 0,
      storedCversion: 0,
      aversion: 0,
    },
  });
  quotas.created(node);
  triggers.nodeCreated(txn.path, node.acl);
  triggers.nodeChildrenChanged(parent.path, parent.acl);
  return outcome(txn.type, ErrorCode.OK, txn.path, txn.type === OpCode.create ? null : node);
}

/** Never lowers the counter: in a replay the parent may be newer than the transaction. */
function countChild(store: NodeStore, parent: StoredZnode, parentCVersion: number, zxid: Zxid): void {
  const counted = parentCVersion === -1 ? (parent.storedCversion + 1) | 0 : parentCVersion;
  if (counted > parent.storedCversion) store.updateParent(parent, counted, later(parent.pzxid, zxid));
}

function later(a: Zxid, b: Zxid): Zxid {
  return a > b ? a : b;
}

function applyDelete(target: ApplyTarget, header: TxnHeader, txn: DeleteTxn): ApplyResult {
  return outcome(txn.type, removeNode(target, txn.path, header.zxid));
}

function removeNode({ store, quotas, triggers }: ApplyTarget, path: string, zxid: Zxid): number {
  const parent = store.parent(path);
  if (parent === undefined) return ErrorCode.NONODE;
  store.updateParent(parent, parent.storedCversion, later(parent.pzxid, zxid));
  const node = store.find(path);
  if (node === undefined) return ErrorCode.NONODE;
  const acl = node.acl;
  store.remove(node, parent);
  quotas.deleted(node);
  triggers.nodeDeleted(path, acl);
  triggers.nodeChildrenChanged(parent.path, parent.acl);
  return ErrorCode.OK;
}

function applySetData(target: ApplyTarget, header: TxnHeader, txn: SetDataTxn): ApplyResult {
  const { store, quotas, triggers } = target;
  const node = store.find(txn.path);
  if (node === undefined) return outcome(txn.type, ErrorCode.NONODE);
  const oldLength = node.dataLength;
  store.updateData(node, txn.data, { version: txn.version, mzxid: header.zxid, mtime: header.timeMs });
  quotas.dataChanged(txn.path, node.dataLength - oldLength);
  triggers.nodeDataChanged(txn.path, node.acl);
  return outcome(txn.type, ErrorCode.OK, null, node);
}

function applySetAcl({ store }: ApplyTarget, txn: SetAclTxn): ApplyResult {
  const node = store.find(txn.path);
  if (node === undefined) return outcome(txn.type, ErrorCode.NONODE);
  store.updateAcl(node, store.acls.intern(txn.acl ?? NO_ENTRIES), txn.version);
  return outcome(txn.type, ErrorCode.OK, null, node);
}

function applyMulti(target: ApplyTarget, header: TxnHeader, multi: MultiTxn): ApplyResult {
  const results: OpOutcome[] = [];
  const failed = multi.txns.some((txn) => txn.type === OpCode.error);
  for (const txn of multi.txns) {
    if (failed) {
      results.push(outcome(OpCode.error, txn.type === OpCode.error ? txn.err : ErrorCode.OK));
    } else {
      const { type, err, path, stat } = applyTxn(target, header, txn);
      results.push({ type, err, path, stat: stat === null ? null : statOf(stat) });
    }
  }
  return { ...outcome(multi.type, ErrorCode.OK), results };
}

/** Old logs do not list the paths; and a list may lack what only the replayed tree knows. */
function applyCloseSession(target: ApplyTarget, header: TxnHeader, txn: CloseSessionTxn): ApplyResult {
  for (const path of txn.paths ?? []) removeNode(target, path, header.zxid);
  for (const path of [...target.store.ephemerals.of(header.clientId)]) removeNode(target, path, header.zxid);
  return outcome(txn.type, ErrorCode.OK);
}
