import type { Acl } from '../protocol/acl.js';
import type { Stat } from '../protocol/stat.js';
import type { WaitOptions } from './client-options.js';
import type { WatchHandle } from './watch-handle.js';

/**
 * What becomes of a node: `ephemeral` ends with its session, `container` some time after its last child, `ttl` as
 * {@link CreateSpec.ttlMs} says; `-sequential` adds ten digits that grow from child to child (client-protocol 4.3 to
 * 4.5).
 */
export type CreateMode =
  | 'persistent'
  | 'ephemeral'
  | 'persistent-sequential'
  | 'ephemeral-sequential'
  | 'container'
  | 'ttl'
  | 'ttl-sequential';

/** A node's content. Null and empty are different values; text goes out as UTF-8. */
export type NodeData = Uint8Array | string | null;

/** Kind, rights and lifetime of a node to be made. */
export interface CreateSpec {
  /** Default `persistent`. */
  readonly mode?: CreateMode | undefined;
  /** Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** For the `ttl` modes: ms from 1 to 2^40 - 1 without a change or a child until the server removes the node. */
  readonly ttlMs?: number | undefined;
}

/** Makes a write conditional. */
export interface VersionSpec {
  /** The write is refused with a BadVersionError unless the node has this version. Default: any. */
  readonly version?: number | undefined;
}

/** Of the `check` of a transaction. */
export interface CheckSpec extends VersionSpec {
  /**
   * Called when the transaction is committed, with the id of the session in which it goes out or not at all: what this throws,
   * `commit` rejects with, and nothing is sent. For what a path and a version cannot tell.
   */
  readonly guard?: ((sessionId: bigint) => void) | undefined;
}

/** Of a single create, which can be waited for; in a transaction it is a {@link CreateSpec} alone. */
export type CreateOptions = CreateSpec & WaitOptions;
/** Of a single conditional write, which can be waited for; in a transaction it is a {@link VersionSpec} alone. */
export type VersionOptions = VersionSpec & WaitOptions;

/** How much a caller is ready to read. */
export interface AnswerOptions extends WaitOptions {
  /**
   * Longest answer that is taken, bytes, where that is more than `limits.frameBytesMax`. Servers answer at any length: the
   * names of a hundred thousand children take some two megabytes. Default: no longer than the client's limit.
   */
  readonly answerBytesMax?: number | undefined;
}

/** Of a read that may leave a watch. */
export interface ReadOptions extends AnswerOptions {
  /** Leave a one-shot watch; the result then has the handle. */
  readonly watch?: boolean | undefined;
}

/** Of a read that leaves a watch, so that its result surely has the handle. */
export interface WatchedReadOptions extends AnswerOptions {
  readonly watch: true;
}

/** What a read with `watch: true` adds to its result. */
export interface Watched {
  readonly watch: WatchHandle;
}

/** Of a watch that stays. */
export interface AddWatchOptions extends WaitOptions {
  /** Also watch every descendant; the watch then never reports `childrenChanged`. Default false. */
  readonly recursive?: boolean | undefined;
}

/** The node that was made (wire: Create2Response). */
export interface CreateResult {
  /** With the sequence suffix, without the chroot. */
  readonly path: string;
  readonly stat: Stat;
}

/** A node's metadata, if there is one (wire: StatResponse). */
export interface ExistsResult {
  /** Null when there is no such node. */
  readonly stat: Stat | null;
  readonly watch?: WatchHandle;
}

/** Content and metadata from one moment (wire: GetDataResponse). */
export interface DataResult {
  readonly data: Buffer | null;
  readonly stat: Stat;
  readonly watch?: WatchHandle;
}

/** Children and metadata from one moment (wire: GetChildren2Response). */
export interface ChildrenResult {
  /** Names, in no order. */
  readonly children: string[];
  readonly stat: Stat;
  readonly watch?: WatchHandle;
}

/** Access control list and metadata from one moment (wire: GetAclResponse). */
export interface AclResult {
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}

/** How the server knows a connection (wire: ClientInfo). For `digest` the user's name alone; empty for `super`. */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

/** Either `joining`/`leaving` (incremental) or `members` (the whole new list). */
export interface ReconfigSpec {
  /** `server.N=...` entries, comma separated. */
  readonly joining?: string | undefined;
  /** Server ids, comma separated. */
  readonly leaving?: string | undefined;
  readonly members?: string | undefined;
  /** The config's zxid this change is based on, as a number; refused when it is not current. Default: any. */
  readonly configId?: number | undefined;
}

/** One read of a multiRead; it leaves no watch. */
export type ReadOp =
  { readonly type: 'getData'; readonly path: string } | { readonly type: 'getChildren'; readonly path: string };

/** What is known of the node besides its path, so that another one made there since is not taken for it. */
export interface GuaranteedDeleteOptions {
  readonly version?: number | undefined;
  /** The session that owns the (ephemeral) node: when it is over, the server removes the node and the work is done. */
  readonly sessionId?: bigint | undefined;
  /**
   * For a name that others use as well: only a node made by this zxid (`Infinity`: whenever), and none that takes its place
   * while a delete is repeated whose answer was lost. Costs a look before each try. Default: whatever has the path.
   */
  readonly czxidMax?: number | undefined;
}

/**
 * How a guaranteed delete ended: `deleted`; `missing` (somebody else did, or an earlier try of ours); `session-ended` (the
 * server removes the node with its session); `failed` (refused for good, see `cleanupFailed`); `closed` (the client was).
 */
export type CleanupOutcome = 'deleted' | 'missing' | 'session-ended' | 'failed' | 'closed';
