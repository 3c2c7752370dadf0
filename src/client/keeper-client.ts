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

  /**
   * Makes a node; `data` is null unless given. Rejects with a NoNodeError when the parent is missing, a
   * NodeExistsError, a NoChildrenForEphemeralsError below an ephemeral node, a NoAuthError without CREATE on the
   * parent. Not repeated after a lost connection: the error is then `ambiguous`.
   */
  create(path: string, data?: NodeData, options?: CreateOptions): Promise<CreateResult>;
  /**
   * Removes a node that has no children. Rejects with a NoNodeError, a BadVersionError, a NotEmptyError, or a
   * NoAuthError without DELETE on the parent.
   */
  delete(path: string, options?: VersionOptions): Promise<void>;
  /** Also leaves a one-shot watch, whether there is such a node or not: for its creation, change or removal. */
  exists(path: string, options: WatchedReadOptions): Promise<ExistsResult & Watched>;
  /**
   * A missing node is no error: its `stat` is null. Rejects with a NoAuthError without READ, on servers that demand it.
   */
  exists(path: string, options?: ReadOptions): Promise<ExistsResult>;
  /** Also leaves a one-shot watch for the node's change or removal; none when it rejects. */
  getData(path: string, options: WatchedReadOptions): Promise<DataResult & Watched>;
  /**
   * Content and metadata as this server has them, which may be behind the leader: {@link sync} first to catch up.
   * Rejects with a NoNodeError, or a NoAuthError without READ.
   */
  getData(path: string, options?: ReadOptions): Promise<DataResult>;
  /**
   * Replaces the content; resolves to the metadata after that. Rejects with a NoNodeError, a BadVersionError, or a
   * NoAuthError without WRITE.
   */
  setData(path: string, data: NodeData, options?: VersionOptions): Promise<Stat>;
  /**
   * Also leaves a one-shot watch for a child that comes or goes and for the node's own removal; none when it rejects.
   */
  getChildren(path: string, options: WatchedReadOptions): Promise<ChildrenResult & Watched>;
  /**
   * Names of the direct children, and the node's own metadata. Rejects with a NoNodeError, or a NoAuthError without
   * READ.
   */
  getChildren(path: string, options?: ReadOptions): Promise<ChildrenResult>;
  /**
   * Needs READ or ADMIN, else a NoAuthError; without ADMIN the ids of scheme `digest` come without their hash, as
   * `user:x` (client-protocol 9.6).
   */
  getAcl(path: string, options?: WaitOptions): Promise<AclResult>;
  /** `version` is compared with the node's `aversion`. */
  setAcl(path: string, acl: readonly Acl[], options?: VersionOptions): Promise<Stat>;
  /** Resolves when this server has applied every write that the leader had committed when it got the request. */
  sync(path: string, options?: WaitOptions): Promise<void>;
  /** Paths of this session's ephemeral nodes that begin with `prefix`, in full paths of this view. */
  getEphemerals(prefix?: string, options?: WaitOptions): Promise<string[]>;
  /** Number of all descendants. */
  getAllChildrenNumber(path: string, options?: WaitOptions): Promise<number>;
  /**
   * The identities the server knows this connection by, in no order: its address as `ip`, and what was added. From
   * servers 3.7 on.
   */
  whoAmI(options?: WaitOptions): Promise<Identity[]>;
  /** The ensemble's membership text, from `/zookeeper/config` whatever the chroot; empty on a standalone server. */
  getConfig(options: WatchedReadOptions): Promise<DataResult & Watched>;
  /**
   * Rejects with a NoAuthError when READ was taken from the config node, and with a NoNodeError from servers without
   * one.
   */
  getConfig(options?: ReadOptions): Promise<DataResult>;
  /** Resolves to the new membership text. */
  reconfig(change: ReconfigSpec, options?: WaitOptions): Promise<{ config: string; stat: Stat }>;
  /** Independent reads in one round trip; one result an op, which may be an error. */
  multiRead(ops: readonly ReadOp[], options?: WaitOptions): Promise<ReadResult[]>;
  /** An empty one, of this view's paths; nothing is sent before its `commit`. */
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

  /**
   * Calls the listener at every such event until {@link off}. Events are the client's, whichever view they are listened
   * to on.
   */
  on<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this;
  /** Calls the listener at the next such event alone. */
  once<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this;
  /**
   * Forgets a listener of {@link on} or {@link once}; the one added last if it was added several times. Fine when there
   * is none.
   */
  off<Name extends ClientEventName>(event: Name, listener: ClientListener<Name>): this;
}
