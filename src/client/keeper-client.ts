import type { Acl } from '../protocol/acl.js';
import type { Stat } from '../protocol/stat.js';
import type { Zxid } from '../protocol/zxid.js';
import type { Runtime } from '../runtime/runtime.js';
import type { ClientEventName, ClientListener } from './client-events.js';
import type { WaitOptions } from './client-options.js';
import type {
  AclResult,
  AddWatchOptions,
  ChildrenResult,
  CleanupOutcome,
  CreateOptions,
  CreateResult,
  DataResult,
  ExistsResult,
  GuaranteedDeleteOptions,
  Identity,
  NodeData,
  ReadOp,
  ReadOptions,
  ReconfigSpec,
  VersionOptions,
  Watched,
  WatchedReadOptions,
} from './operation-types.js';
import type { ClientState, Session } from './session.js';
import type { ReadResult, Transaction } from './transaction-types.js';
import type { WatchHandle } from './watch-handle.js';

/**
 * Everything one can do on a session: implemented by {@link Client} and by the views of it that `withChroot` gives.
 * Operations are sent in the order they are called, without waiting for one another's answers.
 */
export interface KeeperClient {
  readonly state: ClientState;
  readonly session: Session;
  /** `session.id`. */
  readonly sessionId: bigint;
  /** Session timeout the server agreed to, ms; the wanted one before that. */
  readonly negotiatedTimeoutMs: number;
  /** Highest zxid of any answer, over all sessions of this client. */
  readonly lastZxidSeen: Zxid;
  /**
   * On the clock of `monotonicMs()`: before this moment no server can have given the session up. It is the sending time of
   * the newest request that the ensemble has answered (a write or a sync that went well) plus the negotiated timeout; -Infinity
   * without a live session, or with one on a server without a quorum. Pings and reads do not count: one server answers
   * them alone, and while it is cut off the others may let the session expire.
   */
  readonly leaseDeadlineMs: number;
  /**
   * Has `leaseDeadlineMs` moved on while the client is idle: every third of the timeout it sends a sync. Call the returned
   * function when nothing relies on it any more.
   */
  keepLease(): () => void;
  /** Ms on a clock that never jumps; only differences mean something. */
  monotonicMs(): number;
  /** Guaranteed deletes not yet done. */
  readonly pendingCleanupCount: number;
  /** Clock, timers, randomness and network of this client: what waits on its behalf uses them too. */
  readonly runtime: Runtime;
  /** Path put before every path of this view; the empty string when there is none. */
  readonly chroot: string;

  /** Resolves when requests are answered: at once if they are. */
  connected(options?: WaitOptions): Promise<void>;

  create(path: string, data?: NodeData, options?: CreateOptions): Promise<CreateResult>;
  delete(path: string, options?: VersionOptions): Promise<void>;
  exists(path: string, options: WatchedReadOptions): Promise<ExistsResult & Watched>;
  exists(path: string, options?: ReadOptions): Promise<ExistsResult>;
  getData(path: string, options: WatchedReadOptions): Promise<DataResult & Watched>;
  getData(path: string, options?: ReadOptions): Promise<DataResult>;
  setData(path: string, data: NodeData, options?: VersionOptions): Promise<Stat>;
  getChildren(path: string, options: WatchedReadOptions): Promise<ChildrenResult & Watched>;
  getChildren(path: string, options?: ReadOptions): Promise<ChildrenResult>;
  getAcl(path: string, options?: WaitOptions): Promise<AclResult>;
  /** `version` is compared with the node's `aversion`. */
  setAcl(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat>;
  /** Resolves when this server has applied every write that the leader had committed when it got the request. */
  sync(path: string, options?: WaitOptions): Promise<void>;
  /** Paths of this session's ephemeral nodes that begin with `prefix`, in full paths of this view. */
  getEphemerals(prefix?: string, options?: WaitOptions): Promise<string[]>;
  /** Number of all descendants. */
  getAllChildrenNumber(path: string, options?: WaitOptions): Promise<number>;
  whoAmI(options?: WaitOptions): Promise<Identity[]>;
  /** The ensemble's membership text, from `/zookeeper/config` whatever the chroot; empty on a standalone server. */
  getConfig(options: WatchedReadOptions): Promise<DataResult & Watched>;
  getConfig(options?: ReadOptions): Promise<DataResult>;
  /** Resolves to the new membership text. */
  reconfig(change: ReconfigSpec, options?: WaitOptions): Promise<{ config: string; stat: Stat }>;
  /** Independent reads in one round trip; one result an op, which may be an error. */
  multiRead(ops: readonly ReadOp[], options?: WaitOptions): Promise<ReadResult[]>;
  transaction(): Transaction;

  /** A watch that stays until closed; the node need not exist. */
  addWatch(path: string, options?: AddWatchOptions): Promise<WatchHandle>;
  /** Whether the server holds a watch of this connection on the path (`any` kind by default). */
  checkWatches(path: string, options?: WaitOptions & { kind?: 'any' | 'data' | 'children' }): Promise<boolean>;

  /** Adds an identity, now and at every reconnection. Rejects with an AuthFailedError when the server refuses it. */
  addAuth(scheme: string, auth: string | Uint8Array, options?: WaitOptions): Promise<void>;

  /**
   * Deletes in the background until it is done, over reconnections, for as long as the client lives. Returns at once; the
   * promise need not be awaited; it rejects only for a path that cannot be one.
   */
  guaranteedDelete(path: string, options?: GuaranteedDeleteOptions): Promise<CleanupOutcome>;

  /** A view over the same session whose paths lie below `path`. The node is not created. */
  withChroot(path: string): KeeperClient;

  on<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this;
  once<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this;
  off<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this;
}
