import type { Acl } from '../../protocol/acl.js';
import type { Stat } from '../../protocol/stat.js';
import type { WaitOptions } from '../client-options.js';
import { KeeperError, OutcomeUnknownError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import type * as Operation from '../operation-types.js';
import { makePath } from '../support/make-path.js';
import type { Transaction } from '../transaction-types.js';
import type { ConnectionState, ConnectionStateListener, ConnectionStateOptions } from './connection-states.js';
import type { CompressionSpec } from './conventions-client.js';
import { Creation } from './creation.js';
import { Deletion } from './deletion.js';
import { standardErrorPolicy } from './error-policy.js';
import type { ConnectionStateErrorPolicy } from './error-policy.js';
import type { FrameworkOperation } from './framework-operation.js';
import type { FrameworkOptions } from './framework-options.js';
import { FrameworkView } from './framework-view.js';
import type { FrameworkCreateOptions, FrameworkDeleteOptions, FrameworkSetOptions } from './operation-options.js';
import { RetryScope } from './retry-scope.js';
import { Update } from './update.js';

/**
 * Curator's habits over a client: operations that are retried by a policy, that make the parents they need and find out what
 * became of writes whose answers were lost; a namespace, compression, schemas. It opens no connection and closes none.
 *
 * Every operation takes `signal` and `timeoutMs`; both cover all its tries together. SUSPENDED: operations wait. LOST: what
 * was not answered fails, and is retried or asked after in the new session as the policy allows; an error that the policy
 * gives up on tells its `attempts`.
 */
export class CuratorFramework {
  /**
   * The same conventions (namespace, compression, schemas, default data, ACLs) without retries: for recipes, which have their
   * own, and for whatever the framework has no method for.
   */
  readonly client: KeeperClient;
  /** Null: none. */
  readonly namespace: string | null;
  readonly #view: FrameworkView;

  /** Throws a BadArgumentsError for an option that cannot be. */
  constructor(client: KeeperClient, options?: FrameworkOptions);
  /** @internal */
  constructor(view: FrameworkView);
  constructor(from: KeeperClient | FrameworkView, options: FrameworkOptions = {}) {
    this.#view = from instanceof FrameworkView ? from : FrameworkView.first(from, options);
    this.client = this.#view.client;
    this.namespace = this.#view.namespace;
  }

  /** Resolves when requests are answered. */
  connected(options: WaitOptions = {}): Promise<void> {
    return this.client.connected(options);
  }

  /** Creates a node. With a sequential mode or `protected`, the path that it got is in the result. */
  create(
    path: string,
    data?: Operation.NodeData,
    options: FrameworkCreateOptions = {},
  ): Promise<Operation.CreateResult> {
    return this.#do(`create ${path}`, options, (operation) => new Creation(operation, { path, data, options }).run());
  }

  /** Makes the node and its missing ancestors as containers; that they are there already is no error. */
  createContainers(path: string, options: WaitOptions = {}): Promise<void> {
    return this.#do(`createContainers ${path}`, options, ({ client, scope }) =>
      makePath(client, (call) => scope.run(call), { path, mode: 'container', aclOf: () => undefined }),
    );
  }

  /**
   * Removes a node. Rejects as the client's does. After a lost answer it looks: a node that is still there is deleted again;
   * when it is gone nothing tells by whom: an OutcomeUnknownError, unless `idempotent` or `guaranteed`.
   */
  delete(path: string, options: FrameworkDeleteOptions = {}): Promise<void> {
    return this.#do(`delete ${path}`, options, (operation) => new Deletion(operation, { path, options }).run());
  }

  /**
   * Replaces the content. Rejects as the client's does; a lost answer that no read can make up for is an
   * OutcomeUnknownError.
   */
  setData(path: string, data: Operation.NodeData, options: FrameworkSetOptions = {}): Promise<Stat> {
    return this.#do(`setData ${path}`, options, (operation) => new Update(operation, { path, data, options }).run());
  }

  /** Also leaves a one-shot watch for the node's change or removal; none when it rejects. */
  getData(
    path: string,
    options: Operation.WatchedReadOptions & CompressionSpec,
  ): Promise<Operation.DataResult & Operation.Watched>;
  /**
   * Content and metadata, decompressed if the framework or `options` say so. Rejects with a NoNodeError or a
   * NoAuthError.
   */
  getData(path: string, options?: Operation.ReadOptions & CompressionSpec): Promise<Operation.DataResult>;
  getData(path: string, options: Operation.ReadOptions & CompressionSpec = {}): Promise<Operation.DataResult> {
    return this.#read(`getData ${path}`, options, (wait) => this.#view.client.getData(path, { ...options, ...wait }));
  }

  /** Also leaves a one-shot watch, whether there is such a node or not. */
  exists(path: string, options: Operation.WatchedReadOptions): Promise<Operation.ExistsResult & Operation.Watched>;
  /** A missing node is no error: its `stat` is null. */
  exists(path: string, options?: Operation.ReadOptions): Promise<Operation.ExistsResult>;
  exists(path: string, options: Operation.ReadOptions = {}): Promise<Operation.ExistsResult> {
    return this.#read(`exists ${path}`, options, (wait) => this.client.exists(path, { ...options, ...wait }));
  }

  /** Also leaves a one-shot watch for a child that comes or goes and for the node's removal; none when it rejects. */
  getChildren(
    path: string,
    options: Operation.WatchedReadOptions,
  ): Promise<Operation.ChildrenResult & Operation.Watched>;
  /** Names of the direct children, and the node's own metadata. Rejects with a NoNodeError or a NoAuthError. */
  getChildren(path: string, options?: Operation.ReadOptions): Promise<Operation.ChildrenResult>;
  getChildren(path: string, options: Operation.ReadOptions = {}): Promise<Operation.ChildrenResult> {
    return this.#read(`getChildren ${path}`, options, (wait) => this.client.getChildren(path, { ...options, ...wait }));
  }

  /** Rejects with a NoNodeError, or a NoAuthError without READ or ADMIN. */
  getAcl(path: string, options: WaitOptions = {}): Promise<Operation.AclResult> {
    return this.#read(`getAcl ${path}`, options, (wait) => this.client.getAcl(path, wait));
  }

  /** Not conditional unless a version (of the ACL) is given; setting the same list twice changes nothing but that version. */
  setAcl(path: string, acl: readonly Acl[], options: Operation.VersionOptions = {}): Promise<Stat> {
    const { version } = options;
    if (version !== undefined) return this.client.setAcl(path, acl, options);
    return this.#read(`setAcl ${path}`, options, (wait) => this.client.setAcl(path, acl, wait));
  }

  /** Resolves when this server has applied every write that the leader had committed when it got the request. */
  sync(path: string, options: WaitOptions = {}): Promise<void> {
    return this.#read(`sync ${path}`, options, (wait) => this.client.sync(path, wait));
  }

  /**
   * All or nothing. A commit whose answer was lost rejects with an OutcomeUnknownError: put something into it that you can
   * look for afterwards (a node whose name nobody else makes), and look.
   */
  transaction(): Transaction {
    return this.#view.client.transactionBy((fresh, wait) =>
      this.#do('multi', wait, ({ scope }) => scope.run((each) => fresh().commit(each).catch(throwUnknown))),
    );
  }

  /** A view over the same connection with another namespace; null: none. */
  usingNamespace(namespace: string | null): CuratorFramework {
    return new CuratorFramework(this.#view.below(namespace));
  }

  /**
   * Calls `work` with a view whose operations all draw on one count of retries and on this call's patience, and calls it
   * again when it fails with something retryable, while the policy allows. It must be something that may be done twice.
   */
  retrying<T>(work: (framework: CuratorFramework) => Promise<T>, options: WaitOptions = {}): Promise<T> {
    return this.#do('retrying', options, ({ scope }) => {
      const view = new CuratorFramework(this.#view.inside(scope));
      return scope.run(() => work(view));
    });
  }

  /** Null before the first connection. */
  get connectionState(): ConnectionState | null {
    return this.#view.shared.states.current;
  }

  /** Whether the error policy counts the present state as a failure. */
  get isInErrorState(): boolean {
    const { connectionState } = this;
    return connectionState !== null && this.errorPolicy.isErrorState(connectionState);
  }

  get errorPolicy(): ConnectionStateErrorPolicy {
    return this.#view.shared.options.errorPolicy ?? standardErrorPolicy;
  }

  /**
   * The present state and every change, in order, until the loop is left, the signal aborts, or the framework is closed. A
   * reader who is more than 25 behind gets LOST, if it was among them, and the newest.
   */
  connectionStates(
    options: ConnectionStateOptions & { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<ConnectionState, undefined> {
    return this.#view.shared.states.stream(options.signal, options);
  }

  /** Calls back with every change from now on; returns how to stop that. */
  onConnectionState(listener: ConnectionStateListener, options: ConnectionStateOptions = {}): () => void {
    return this.#view.shared.states.listen(listener, options);
  }

  /** Stops telling of states and following the ensemble, for all views. The client stays open. Operations still work. */
  async close(): Promise<void> {
    const { states, tracker } = this.#view.shared;
    states.close();
    await tracker?.close();
  }

  #read<T>(what: string, options: WaitOptions, call: (wait: WaitOptions) => Promise<T>): Promise<T> {
    return this.#do(what, options, ({ scope }) => scope.run((wait) => call({ ...wait, timeoutMs: undefined })));
  }

  async #do<T>(what: string, wait: WaitOptions, work: (operation: FrameworkOperation) => Promise<T>): Promise<T> {
    const { shared, within } = this.#view;
    const { signal, timeoutMs } = wait;
    const scope = new RetryScope(shared.client, shared.policy, { what, within, signal, timeoutMs });
    const inBackground = (background: Promise<unknown>): void => void background.catch(shared.onError);
    return scope.settle(work({ client: this.#view.client, scope, inBackground }));
  }
}

/** Sending it again might do it twice, and no read can tell. */
function throwUnknown(cause: unknown): never {
  if (!(cause instanceof KeeperError) || !cause.ambiguous) throw cause;
  const message = 'transaction: it is not known whether it was carried out: its answer was lost';
  throw new OutcomeUnknownError({ op: 'multi', message, cause, attempted: undefined });
}
