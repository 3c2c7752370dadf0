import { OPEN_ACL_UNSAFE } from '../../protocol/acl.js';
import type { Stat } from '../../protocol/stat.js';
import { dataOf } from '../arguments.js';
import type { WaitOptions } from '../client-options.js';
import type { KeeperError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import type * as Operation from '../operation-types.js';
import type { ReadResult, Transaction } from '../transaction-types.js';
import type { WatchHandle } from '../watch-handle.js';
import { compressed, decompressed } from './compression.js';
import { ConventionsTransaction } from './conventions-transaction.js';
import type { Commit } from './conventions-transaction.js';
import type { Conventions } from './conventions.js';
import { ForwardingClient } from './forwarding-client.js';

/** Whether the data of this one operation is compressed; default: as the framework's option `compression` says. */
export interface CompressionSpec {
  readonly compressed?: boolean | undefined;
}

/**
 * A client whose operations keep to a framework's conventions: namespace, compression, schemas, default data and ACLs. What
 * fails is not tried again here, because those who use it (recipes, the framework itself) know better what to make of it.
 */
export class ConventionsClient extends ForwardingClient {
  readonly #conventions: Conventions;

  constructor(inner: KeeperClient, conventions: Conventions) {
    super(inner);
    this.#conventions = conventions;
  }

  /** What is written when a create is given no data. */
  get defaultData(): Operation.NodeData {
    return this.#conventions.defaultData;
  }

  /** The same client for what is never compressed. */
  uncompressed(): ConventionsClient {
    return new ConventionsClient(this.inner, { ...this.#conventions, isCompressed: false });
  }

  /** A transaction that is sent as `commitBy` says. */
  transactionBy(commitBy: Commit): Transaction {
    return new ConventionsTransaction(() => this.inner.transaction(), this.#conventions, commitBy);
  }

  override async create(
    path: string,
    data: Operation.NodeData = this.#conventions.defaultData,
    options: Operation.CreateOptions & CompressionSpec = {},
  ): Promise<Operation.CreateResult> {
    const { schemas, aclOf } = this.#conventions;
    const acl = options.acl ?? aclOf(path);
    const mode = options.mode ?? 'persistent';
    schemas?.checkCreate(path, { data: dataOf(data, path), acl: acl ?? OPEN_ACL_UNSAFE, mode });
    // A container is somebody's parent, made without data that anybody reads.
    const content = mode === 'container' && options.compressed !== true ? data : this.#encoded(data, path, options);
    return this.#use(options, () => this.inner.create(path, content, { ...options, acl }));
  }

  override async delete(path: string, options: Operation.VersionOptions = {}): Promise<void> {
    this.#conventions.schemas?.checkDelete(path);
    return this.#use(options, () => this.inner.delete(path, options));
  }

  override exists(
    path: string,
    options: Operation.WatchedReadOptions,
  ): Promise<Operation.ExistsResult & Operation.Watched>;
  override exists(path: string, options?: Operation.ReadOptions): Promise<Operation.ExistsResult>;
  override async exists(path: string, options: Operation.ReadOptions = {}): Promise<Operation.ExistsResult> {
    this.#conventions.schemas?.checkRead(path, options.watch === true);
    return this.#use(options, () => this.inner.exists(path, options));
  }

  override getData(
    path: string,
    options: Operation.WatchedReadOptions & CompressionSpec,
  ): Promise<Operation.DataResult & Operation.Watched>;
  override getData(path: string, options?: Operation.ReadOptions & CompressionSpec): Promise<Operation.DataResult>;
  override async getData(
    path: string,
    options: Operation.ReadOptions & CompressionSpec = {},
  ): Promise<Operation.DataResult> {
    this.#conventions.schemas?.checkRead(path, options.watch === true);
    const read = await this.#use(options, () => this.inner.getData(path, options));
    return this.#isCompressed(options) ? { ...read, data: decompressed(read.data, path) } : read;
  }

  override async setData(
    path: string,
    data: Operation.NodeData,
    options: Operation.VersionOptions & CompressionSpec = {},
  ): Promise<Stat> {
    this.#conventions.schemas?.checkSetData(path, dataOf(data, path));
    const content = this.#encoded(data, path, options);
    return this.#use(options, () => this.inner.setData(path, content, options));
  }

  override getChildren(
    path: string,
    options: Operation.WatchedReadOptions,
  ): Promise<Operation.ChildrenResult & Operation.Watched>;
  override getChildren(path: string, options?: Operation.ReadOptions): Promise<Operation.ChildrenResult>;
  override async getChildren(path: string, options: Operation.ReadOptions = {}): Promise<Operation.ChildrenResult> {
    this.#conventions.schemas?.checkRead(path, options.watch === true);
    return this.#use(options, () => this.inner.getChildren(path, options));
  }

  override async multiRead(ops: readonly Operation.ReadOp[], options: WaitOptions = {}): Promise<ReadResult[]> {
    for (const { path } of ops) this.#conventions.schemas?.checkRead(path, false);
    const results = await this.#use(options, () => this.inner.multiRead(ops, options));
    return this.#conventions.isCompressed ? results.map(plain) : results;
  }

  override transaction(): Transaction {
    return new ConventionsTransaction(() => this.inner.transaction(), this.#conventions);
  }

  override async addWatch(path: string, options: Operation.AddWatchOptions = {}): Promise<WatchHandle> {
    this.#conventions.schemas?.checkRead(path, true);
    return this.#use(options, () => this.inner.addWatch(path, options));
  }

  override withChroot(path: string): KeeperClient {
    return new ConventionsClient(this.inner.withChroot(path), this.#conventions);
  }

  #use<T>(wait: WaitOptions, call: () => Promise<T>): Promise<T> {
    const { namespace } = this.#conventions;
    return namespace === null ? call() : namespace.use(wait, call);
  }

  #encoded(data: Operation.NodeData, path: string, options: CompressionSpec): Operation.NodeData {
    return this.#isCompressed(options) ? compressed(data, path) : data;
  }

  #isCompressed(options: CompressionSpec): boolean {
    return options.compressed ?? this.#conventions.isCompressed;
  }
}

function plain(result: ReadResult): ReadResult {
  if (result.type !== 'getData') return result;
  const { type, path, data, stat } = result;
  try {
    return { type, path, data: decompressed(data, path), stat };
  } catch (error) {
    return { type: 'error', path, error: error as KeeperError };
  }
}
