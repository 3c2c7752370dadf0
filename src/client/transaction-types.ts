import type { Stat } from '../protocol/stat.js';
import type { WaitOptions } from './client-options.js';
import type { KeeperError } from './errors.js';
import type { CheckSpec, CreateSpec, NodeData, VersionSpec } from './operation-types.js';

/** What one operation of a transaction did. */
export type TransactionResult =
  /** `stat` is missing from servers before 3.8.2. */
  | { readonly type: 'create'; readonly path: string; readonly stat: Stat | null }
  | { readonly type: 'delete'; readonly path: string }
  | { readonly type: 'setData'; readonly path: string; readonly stat: Stat }
  | { readonly type: 'check'; readonly path: string };

/** The operations added so far, in order; each sees the effects of those before it. All are applied, or none. */
export interface Transaction {
  /**
   * Like `create` of the client; the server's refusals come with {@link commit}. Throws a BadArgumentsError at once for
   * arguments that cannot be, and after `commit`, as the three below do.
   */
  create(path: string, data?: NodeData, spec?: CreateSpec): this;
  /** The node must have no children by then. */
  delete(path: string, spec?: VersionSpec): this;
  /** The stat in its result is the node's right after this operation. */
  setData(path: string, data: NodeData, spec?: VersionSpec): this;
  /** The node exists, and has this version if one is given. */
  check(path: string, spec?: CheckSpec): this;
  /**
   * Sends it. One result an operation, in order. Rejects with a TransactionError when it was refused. An empty
   * transaction resolves without asking the server. Can be called once.
   */
  commit(options?: WaitOptions): Promise<TransactionResult[]>;
}

/** One result of a multiRead. */
export type ReadResult =
  | { readonly type: 'getData'; readonly path: string; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly type: 'getChildren'; readonly path: string; readonly children: string[] }
  | { readonly type: 'error'; readonly path: string; readonly error: KeeperError };
