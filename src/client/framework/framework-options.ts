import type { Acl } from '../../protocol/acl.js';
import type { NodeData } from '../operation-types.js';
import type { ConnectionStateErrorPolicy } from './error-policy.js';
import type { RetryPolicy } from './retry-policy.js';
import type { SchemaSet } from './schema-set.js';

/** Conventions that all operations of a framework, and the recipes on its `client`, follow. */
export interface FrameworkOptions {
  /**
   * Of every operation. Default: 5 retries after up to 200 ms, 400 ms and so on, 2 s at most. While the connection is gone
   * but the session may live on, calls wait without failing, so retries begin where that ends.
   */
  readonly retryPolicy?: RetryPolicy | undefined;
  /** Put before every path, as `/<namespace>`; made as containers. Default: none. */
  readonly namespace?: string | undefined;
  /** What a create writes that is given no data. Default: nothing (Curator: the local address). */
  readonly defaultData?: NodeData | undefined;
  /** `gzip`: all data is compressed, that of recipes too. All who share the tree must agree on it. Default `none`. */
  readonly compression?: 'gzip' | 'none' | undefined;
  /** Rules that every operation is held against before it is sent. Default: none. */
  readonly schemas?: SchemaSet | undefined;
  /** The list for a node that is created without one: parents and namespaces too. Default: everybody may do everything. */
  readonly aclOf?: ((path: string) => readonly Acl[] | undefined) | undefined;
  /** Which connection states `isInErrorState` counts. Default {@link standardErrorPolicy}. */
  readonly errorPolicy?: ConnectionStateErrorPolicy | undefined;
  /**
   * Told of the members that clients can reach, as a connect string without a chroot, at the start and whenever it changes.
   * Give it `(servers) => client.updateServers(servers)` to follow an ensemble that is reconfigured. Default: nobody looks,
   * because the addresses that servers know of themselves may not be those that clients reach them by.
   */
  readonly onEnsembleChanged?: ((connectString: string) => void) | undefined;
  /** Told of failures that no call waits for: background deletes, listeners that throw. Default: a process warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
