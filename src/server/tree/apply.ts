import type { Acl } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import { parentOf } from '../../protocol/paths.js';
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
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import type { NodeStore } from './node-store.js';
import { Head, StatField } from './node-records.js';
import { PreparedCreate } from './prepared-create.js';
import { PreparedDelete } from './prepared-delete.js';
import { PreparedSetData } from './prepared-set-data.js';
import type { QuotaBook } from './quota-book.js';
import { digestSet } from './record-digest.js';
import type { SetInPlace } from './set-in-place.js';
import { statOf } from './stat-of.js';
import { StoredZnode } from './stored-znode.js';
import type { Triggers } from './triggers.js';
import { NO_TRIGGERS } from './triggers.js';

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
  const prepared = txn instanceof PreparedCreate && store.isStill(txn.parent.node, txn.parent) ? txn : null;
  const place = store.paths.locate(txn.path, prepared?.parent.node);
  const { parent, node: existing } = place;
  if (parent === NO_NODE) return outcome(txn.type, ErrorCode.NONODE, txn.path);
  countChild(target, parent, {
    counter: txn.parentCVersion,
    zxid: header.zxid,
    digest: prepared?.parent.digest ?? null,
  });
  const acl = store.acls.intern(txn.acl ?? NO_ENTRIES);
  if (existing !== NO_NODE) {
    // Only a replay comes here. The node may be a later one whose ACL the snapshot did not hold.
    store.updateAcl(existing, acl, store.records.int(existing, StatField.aversion));
    return outcome(txn.type, ErrorCode.NODEEXISTS, txn.path);
  }
  const { zxid, timeMs } = header;
  const id = store.insert(parent, place, {
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
    units: txn.path.length,
    sums: prepared,
  });
  quotas.created(txn.path, lengthOf(txn.data));
  triggers.nodeCreated(txn.path, acl);
  childrenChanged(target, txn.path, parent);
  return outcome(txn.type, ErrorCode.OK, txn.path, txn.type === OpCode.create ? null : new StoredZnode(store, id));
}

function childrenChanged({ store, triggers }: ApplyTarget, path: string, parent: NodeId): void {
  if (triggers !== NO_TRIGGERS) triggers.nodeChildrenChanged(parentOf(path), store.aclOf(parent));
}

function lengthOf(data: Buffer | null): number {
  return data === null ? 0 : data.length;
}

/** Never lowers the counter: in a replay the parent may be newer than the transaction. */
function countChild(
  { store }: ApplyTarget,
  parent: NodeId,
  { counter, zxid, digest }: { counter: number; zxid: Zxid; digest: number | null },
): void {
  const stored = store.records.head(parent, Head.storedCversion);
  const counted = counter === -1 ? (stored + 1) | 0 : counter;
  if (counted > stored) store.updateParent(parent, counted, laterPzxid(store, parent, zxid), digest);
}

function laterPzxid(store: NodeStore, id: NodeId, zxid: Zxid): Zxid {
  const pzxid = store.records.long(id, StatField.pzxid) as Zxid;
  return pzxid > zxid ? pzxid : zxid;
}

function applyDelete(target: ApplyTarget, header: TxnHeader, txn: DeleteTxn): ApplyResult {
  const { store } = target;
  if (
    txn instanceof PreparedDelete &&
    store.isStill(txn.node.node, txn.node) &&
    store.isStill(txn.parent.node, txn.parent)
  ) {
    const { node, parent, path } = txn;
    const found = { parent: parent.node, node: node.node, digest: parent.digest };
    return outcome(txn.type, removeFound(target, path, found, header.zxid));
  }
  return outcome(txn.type, removeNode(target, txn.path, header.zxid));
}

function removeNode(target: ApplyTarget, path: string, zxid: Zxid): number {
  const { parent, node } = target.store.paths.locate(path);
  return removeFound(target, path, { parent, node, digest: null }, zxid);
}

/** `digest`: what it takes from the parent afterwards, if that is known. */
function removeFound(
  target: ApplyTarget,
  path: string,
  { parent, node, digest }: { readonly parent: NodeId; readonly node: NodeId; readonly digest: number | null },
  zxid: Zxid,
): number {
  const { store, quotas, triggers } = target;
  if (parent === NO_NODE) return ErrorCode.NONODE;
  store.updateParent(parent, store.records.head(parent, Head.storedCversion), laterPzxid(store, parent, zxid), digest);
  if (node === NO_NODE) return ErrorCode.NONODE;
  const acl = store.aclOf(node);
  const dataLength = store.records.int(node, StatField.dataLength);
  store.remove(node, path.length);
  quotas.deleted(path, dataLength);
  triggers.nodeDeleted(path, acl);
  childrenChanged(target, path, parent);
  return ErrorCode.OK;
}

function applySetData(target: ApplyTarget, header: TxnHeader, txn: SetDataTxn): ApplyResult {
  const { store, quotas, triggers } = target;
  const prepared = txn instanceof PreparedSetData && store.isStill(txn.node, txn) ? txn : null;
  const id = prepared === null ? store.find(txn.path) : prepared.node;
  if (id === NO_NODE) return outcome(txn.type, ErrorCode.NONODE);
  const oldLength = store.records.int(id, StatField.dataLength);
  store.updateData(id, txn.data, { version: txn.version, mzxid: header.zxid, mtime: header.timeMs }, prepared);
  quotas.dataChanged(txn.path, lengthOf(txn.data) - oldLength);
  triggers.nodeDataChanged(txn.path, store.aclOf(id));
  return outcome(txn.type, ErrorCode.OK, null, new StoredZnode(store, id));
}

/** The same as {@link applySetData}, where there are no quotas to keep. */
export function applySetInPlace(store: NodeStore, set: SetInPlace, triggers: Triggers): void {
  const { node } = set;
  if (!store.isStill(node, set)) throw new Error(`${set.path} is not the node that its set was prepared for`);
  updateInPlace(store, set, triggers);
}

function updateInPlace(store: NodeStore, set: SetInPlace, triggers: Triggers): void {
  const { node } = set;
  store.updateDataInPlace(node, set);
  if (triggers !== NO_TRIGGERS) triggers.nodeDataChanged(set.path, store.aclOf(node));
}

/** The same for one that nobody has prepared here; null where it is not sure to be no other than that. */
export function applyLoggedSet(store: NodeStore, set: SetInPlace, triggers: Triggers): ApplyResult | null {
  const node = set.pathStart === set.pathEnd ? NO_NODE : store.findAt(set.bytes, set.pathStart, set.pathEnd);
  if (node === NO_NODE || store.isOutsideDigest(node)) return null;
  set.node = node;
  if (store.options.digestEnabled) digestSet(store, set);
  updateInPlace(store, set, triggers);
  return outcome(OpCode.setData, ErrorCode.OK, null, new StoredZnode(store, node));
}

function applySetAcl({ store }: ApplyTarget, txn: SetAclTxn): ApplyResult {
  const id = store.find(txn.path);
  if (id === NO_NODE) return outcome(txn.type, ErrorCode.NONODE);
  store.updateAcl(id, store.acls.intern(txn.acl ?? NO_ENTRIES), txn.version);
  return outcome(txn.type, ErrorCode.OK, null, new StoredZnode(store, id));
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
  const { store } = target;
  const left = [...store.ephemerals.of(header.clientId)].map((id) => store.paths.text(id));
  for (const path of left) removeNode(target, path, header.zxid);
  return outcome(txn.type, ErrorCode.OK);
}
