import { READ_ACL_UNSAFE } from '../../protocol/acl.js';
import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { Stat } from '../../protocol/stat.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { AclCache } from './acl-cache.js';
import type { AclList } from './acl-list.js';
import type { ApplyResult } from './apply-result.js';
import { applyLoggedSet, applySetInPlace, applyTxn } from './apply.js';
import { CONFIG_NODE_VERSION, CONFIG_PATH } from './config-node.js';
import type { DigestSum } from './digest-sum.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import { Head, StatField } from './node-records.js';
import type { NodeFields, NodeStoreOptions } from './node-store.js';
import { NodeStore } from './node-store.js';
import type { NodeState } from './node-state.js';
import { QuotaBook } from './quota-book.js';
import type { SetInPlace } from './set-in-place.js';
import { statOf } from './stat-of.js';
import { StoredZnode } from './stored-znode.js';
import type { SweepRules } from './sweep.js';
import { isDueForRemoval } from './sweep.js';
import type { TreeSnapshot } from './tree-snapshot.js';
import type { Triggers } from './triggers.js';
import type { Znode } from './znode.js';

export type DataTreeOptions = NodeStoreOptions;

const EMPTY = Buffer.alloc(0);
const UNTOUCHED: NodeFields = {
  owner: 0n,
  czxid: ZXID_NONE,
  mzxid: ZXID_NONE,
  pzxid: ZXID_NONE,
  ctime: 0,
  mtime: 0,
  version: 0,
  storedCversion: 0,
  aversion: 0,
};

/** The znodes of a server, as of the last transaction applied. A new one is a fresh tree (client-protocol 4.8). */
export class DataTree {
  readonly options: DataTreeOptions;
  /** The last transaction applied in whole. A new leader may set it to (epoch, 0). */
  lastProcessedZxid: Zxid = ZXID_NONE;
  /** @internal For the loader and for preparing. */
  readonly store: NodeStore;
  /** @internal */
  readonly quotas: QuotaBook;

  constructor(options: DataTreeOptions) {
    this.options = options;
    this.store = new NodeStore(options);
    this.quotas = new QuotaBook(this.store);
    const { acls } = this.store;
    this.reserve('/zookeeper', acls.open, UNTOUCHED);
    this.reserve('/zookeeper/quota', acls.open, UNTOUCHED);
    this.reserve(CONFIG_PATH, acls.intern(READ_ACL_UNSAFE), { ...UNTOUCHED, aversion: -1 });
  }

  /** As the original counts: the root twice. */
  get nodeCount(): number {
    return this.store.size + 1;
  }

  get ephemeralCount(): number {
    return this.store.ephemerals.size;
  }

  /** Bytes of paths and data. */
  get approximateDataSize(): number {
    return this.store.dataSize;
  }

  /** Unsigned 64 bits; 0n when digests are off. */
  get digest(): bigint {
    return this.store.digest.value();
  }

  /** @internal */
  get digestSum(): DigestSum {
    return this.store.digest;
  }

  /** @internal */
  get acls(): AclCache {
    return this.store.acls;
  }

  /** Nodes whose ACL a snapshot did not hold and no transaction has set since: above 0 after a replay, the snapshot is bad. */
  get unresolvedAclCount(): number {
    return this.store.acls.unresolved.useCount;
  }

  /** The empty path is another name of the root. */
  find(path: string): (Znode & NodeState) | undefined {
    return this.store.view(path);
  }

  /** The node whose path is the UTF-8 of `buf` from `start` to `end`; NO_NODE when there is none. Makes no string. */
  findAt(buf: Buffer, start: number, end: number): NodeId {
    return this.store.findAt(buf, start, end);
  }

  aclOf(id: NodeId): AclList {
    return this.store.aclOf(id);
  }

  /** The body of a getData reply: buffer data, Stat. */
  writeDataReply(id: NodeId, out: JuteWriter): void {
    this.store.records.writeData(id, out);
  }

  /** 68 bytes: the body of an exists, setData or setACL reply. */
  writeStat(id: NodeId, out: JuteWriter): void {
    this.store.records.writeStat(id, out);
  }

  /** vector<ustring>: the body of a getChildren reply, and what comes before the Stat of getChildren2. */
  writeChildren(id: NodeId, out: JuteWriter): void {
    const { links, records } = this.store;
    out.int32(records.int(id, StatField.numChildren));
    for (let child = links.first(id); child !== NO_NODE; child = links.next(child)) records.writeName(child, out);
  }

  /** A copy that outlasts later transactions. */
  stat(node: Znode): Stat {
    return statOf(node);
  }

  /** All descendants of a node. */
  countBelow(path: string): number {
    return Math.max(this.quotas.usageOf(path).count - 1, 0);
  }

  /** Applies a transaction by the tolerant rules of storage-format 3.4. Sessions are the caller's to add and remove. */
  apply(header: TxnHeader, txn: Txn, triggers: Triggers): ApplyResult {
    const result = applyTxn({ store: this.store, quotas: this.quotas, triggers }, header, txn);
    if (header.zxid > this.lastProcessedZxid) this.lastProcessedZxid = header.zxid;
    return result;
  }

  /** Applies the first `count` sets, which were prepared in place as one transaction. */
  applyInPlace(sets: readonly SetInPlace[], count: number, triggers: Triggers): void {
    for (let i = 0; i < count; i++) applySetInPlace(this.store, sets[i]!, triggers);
    this.lastProcessedZxid = sets[0]!.mzxid;
  }

  /** Applies a setData as it lies in the log. Null, and nothing has happened: {@link apply} has to. */
  applyLogged(set: SetInPlace, triggers: Triggers): ApplyResult | null {
    if (!this.quotas.isEmpty) return null;
    const result = applyLoggedSet(this.store, set, triggers);
    if (result !== null && set.mzxid > this.lastProcessedZxid) this.lastProcessedZxid = set.mzxid;
    return result;
  }

  /** Paths, in the order they were created. */
  ephemeralsOf(sessionId: bigint): string[] {
    return this.pathsOf(this.store.ephemerals.of(sessionId));
  }

  /** Session and its paths, for `dump`. */
  *ephemeralOwners(): IterableIterator<[bigint, string[]]> {
    for (const [sessionId, ids] of this.store.ephemerals.owners()) yield [sessionId, this.pathsOf(ids)];
  }

  /** Containers and TTL nodes that a deleteContainer should be prepared for; at most `limit`. */
  dueForRemoval(rules: SweepRules, limit: number): string[] {
    const due: string[] = [];
    for (const id of this.store.expirables.keys()) {
      if (due.length >= limit) break;
      const node = new StoredZnode(this.store, id);
      if (isDueForRemoval(node, rules)) due.push(node.path);
    }
    return due;
  }

  /** Puts the members of the ensemble into their node, without a transaction (quorum-protocol 1.8). Nobody may be served meanwhile. */
  showConfig(text: Buffer, { mzxid, mtime }: { readonly mzxid: Zxid; readonly mtime: number }): void {
    const id = this.store.find(CONFIG_PATH);
    if (id === NO_NODE) return;
    const before = this.store.records.int(id, StatField.dataLength);
    this.store.updateData(id, text, { version: CONFIG_NODE_VERSION, mzxid, mtime });
    this.quotas.dataChanged(CONFIG_PATH, text.length - before);
  }

  /** Starts a consistent capture of the tree as it is now; later transactions do not show in it. One at a time. */
  beginSnapshot(): TreeSnapshot {
    return this.store.beginSnapshot(this.lastProcessedZxid);
  }

  /** After a load and replay. */
  recomputeQuotas(): void {
    this.quotas.recompute();
  }

  /**
   * Deletes ephemerals of sessions that are gone, without a transaction: after a load, before serving, and worth a line in
   * the log, because it means that the data were inconsistent (storage-format 3.4). The paths.
   */
  removeOrphanEphemerals(isLive: (sessionId: bigint) => boolean): string[] {
    const { store } = this;
    const orphans: NodeId[] = [];
    for (const [sessionId, ids] of store.ephemerals.owners()) {
      if (!isLive(sessionId)) orphans.push(...ids);
    }
    return orphans.map((id) => {
      const path = store.paths.text(id);
      this.removeOrphan(id, path);
      return path;
    });
  }

  private removeOrphan(id: NodeId, path: string): void {
    const { store } = this;
    const parent = store.links.parent(id);
    const pzxid = store.records.long(parent, StatField.pzxid) as Zxid;
    const storedCversion = store.records.head(parent, Head.storedCversion);
    store.updateParent(parent, storedCversion, pzxid > this.lastProcessedZxid ? pzxid : this.lastProcessedZxid);
    const dataLength = store.records.int(id, StatField.dataLength);
    store.remove(id, path.length);
    this.quotas.deleted(path, dataLength);
  }

  private reserve(path: string, acl: AclList, fields: NodeFields): void {
    const place = this.store.paths.locate(path);
    this.store.insert(place.parent, place, { data: EMPTY, acl, fields, units: path.length });
  }

  private pathsOf(ids: Iterable<NodeId>): string[] {
    return Array.from(ids, (id) => this.store.paths.text(id));
  }
}
