import { nameOf } from '../../protocol/paths.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclList } from './acl-list.js';
import { NodeKind } from './node-kind.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';
import { Head, StatField } from './node-records.js';
import type { NodeStore } from './node-store.js';
import type { NodeState } from './node-state.js';
import type { Znode } from './znode.js';

/** Reads a node out of the store, field by field, for those who have time. Lives: it shows what the node is now. */
export class StoredZnode implements Znode, NodeState {
  readonly id: NodeId;
  private readonly store: NodeStore;
  private readonly knownPath: string | null;

  /** `path` spares who has it to have it made again. */
  constructor(store: NodeStore, id: NodeId, path: string | null = null) {
    this.store = store;
    this.id = id;
    this.knownPath = path;
  }

  get node(): NodeId {
    return this.id;
  }

  get path(): string {
    return this.knownPath ?? this.store.paths.text(this.id);
  }

  get data(): Buffer | null {
    return this.store.records.data(this.id);
  }

  get dataLength(): number {
    return this.store.records.int(this.id, StatField.dataLength);
  }

  get acl(): AclList {
    return this.store.aclOf(this.id);
  }

  get kind(): NodeKind {
    return this.store.kindOf(this.id);
  }

  get owner(): bigint {
    return this.store.ownerOf(this.id);
  }

  get ephemeralOwner(): bigint {
    return this.kind === NodeKind.ephemeral ? this.owner : 0n;
  }

  get czxid(): Zxid {
    return this.store.records.long(this.id, StatField.czxid) as Zxid;
  }

  get mzxid(): Zxid {
    return this.store.records.long(this.id, StatField.mzxid) as Zxid;
  }

  get pzxid(): Zxid {
    return this.store.records.long(this.id, StatField.pzxid) as Zxid;
  }

  get ctime(): number {
    return this.store.records.long(this.id, StatField.ctime);
  }

  get mtime(): number {
    return this.store.records.long(this.id, StatField.mtime);
  }

  get version(): number {
    return this.store.records.int(this.id, StatField.version);
  }

  get cversion(): number {
    return this.store.records.int(this.id, StatField.cversion);
  }

  get aversion(): number {
    return this.store.records.int(this.id, StatField.aversion);
  }

  get storedCversion(): number {
    return this.store.records.head(this.id, Head.storedCversion);
  }

  get numChildren(): number {
    return this.store.records.int(this.id, StatField.numChildren);
  }

  get pathCrc(): number {
    return this.store.records.head(this.id, Head.pathCrc);
  }

  get contentCrc(): number {
    return this.store.records.head(this.id, Head.contentCrc);
  }

  get digest(): number {
    return this.store.records.head(this.id, Head.digest);
  }

  /** Of this moment. */
  get children(): ReadonlySet<string> {
    const names = new Set<string>();
    const { links, paths } = this.store;
    for (let id = links.first(this.id); id !== NO_NODE; id = links.next(id)) names.add(nameOf(paths.text(id)));
    return names;
  }
}
