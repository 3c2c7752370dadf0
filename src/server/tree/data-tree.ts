import type { Stat } from '../../protocol/stat.js';
import type { Txn, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ApplyResult } from './apply-result.js';
import type { TreeSnapshot } from './tree-snapshot.js';
import type { Triggers } from './triggers.js';
import type { Znode } from './znode.js';

export interface DataTreeOptions {
  /** TTL nodes (`zookeeper.extendedTypesEnabled`). */
  readonly extendedTypesEnabled: boolean;
  readonly digestEnabled: boolean;
}

export declare class DataTree {
  constructor(options: DataTreeOptions);
  readonly options: DataTreeOptions;
  /** The last transaction applied in whole. */
  lastProcessedZxid: Zxid;
  /** As the original counts: the root twice. */
  get nodeCount(): number;
  get ephemeralCount(): number;
  /** Bytes of paths and data. */
  get approximateDataSize(): number;
  /** Unsigned 64 bits; 0n when digests are off. */
  get digest(): bigint;
  /** Nodes whose ACL a snapshot did not hold and no transaction has set since: above 0 after a replay, the snapshot is bad. */
  get unresolvedAclCount(): number;
  find(path: string): Znode | undefined;
  /** A copy that outlasts later transactions. */
  stat(node: Znode): Stat;
  apply(header: TxnHeader, txn: Txn, triggers: Triggers): ApplyResult;
  ephemeralsOf(sessionId: bigint): Iterable<string>;
  /** Session -> paths, for `dump`. */
  ephemeralOwners(): Iterable<readonly [bigint, ReadonlySet<string>]>;
  /** Starts a consistent capture of the tree as it is now; later transactions do not show in it. One at a time. */
  beginSnapshot(): TreeSnapshot;
  /** After a load. */
  recomputeQuotas(): void;
  /** After a load, before serving: deletes ephemerals of sessions that are gone; their paths. */
  removeOrphanEphemerals(isLive: (sessionId: bigint) => boolean): string[];
}
