import { OPEN_ACL_UNSAFE } from '../../protocol/acl.js';
import { dataOf } from '../arguments.js';
import type { WaitOptions } from '../client-options.js';
import { BadArgumentsError } from '../errors.js';
import type { CheckSpec, CreateSpec, NodeData, VersionSpec } from '../operation-types.js';
import type { Transaction, TransactionResult } from '../transaction-types.js';
import { compressed } from './compression.js';
import type { CompressionSpec } from './conventions-client.js';
import type { Conventions } from './conventions.js';

/** Sends what was gathered. The one that is given is fresh: a transaction is committed once. */
export type Commit = (fresh: () => Transaction, wait: WaitOptions) => Promise<TransactionResult[]>;

const sendOnce: Commit = (fresh, wait) => fresh().commit(wait);

/** Gathers operations that keep to a framework's conventions; how they are sent is up to `commitBy`. */
export class ConventionsTransaction implements Transaction {
  readonly #begin: () => Transaction;
  readonly #conventions: Conventions;
  readonly #commitBy: Commit;
  readonly #steps: ((transaction: Transaction) => void)[] = [];
  #isCommitted = false;

  constructor(begin: () => Transaction, conventions: Conventions, commitBy: Commit = sendOnce) {
    this.#begin = begin;
    this.#conventions = conventions;
    this.#commitBy = commitBy;
  }

  create(path: string, data: NodeData = this.#conventions.defaultData, spec: CreateSpec & CompressionSpec = {}): this {
    const { schemas, aclOf } = this.#conventions;
    const acl = spec.acl ?? aclOf(path);
    const mode = spec.mode ?? 'persistent';
    schemas?.checkCreate(path, { data: dataOf(data, path), acl: acl ?? OPEN_ACL_UNSAFE, mode });
    const content = this.#encoded(data, path, spec);
    return this.#add((transaction) => transaction.create(path, content, { ...spec, acl }));
  }

  delete(path: string, spec: VersionSpec = {}): this {
    this.#conventions.schemas?.checkDelete(path);
    return this.#add((transaction) => transaction.delete(path, spec));
  }

  setData(path: string, data: NodeData, spec: VersionSpec & CompressionSpec = {}): this {
    this.#conventions.schemas?.checkSetData(path, dataOf(data, path));
    const content = this.#encoded(data, path, spec);
    return this.#add((transaction) => transaction.setData(path, content, spec));
  }

  check(path: string, spec: CheckSpec = {}): this {
    return this.#add((transaction) => transaction.check(path, spec));
  }

  async commit(options: WaitOptions = {}): Promise<TransactionResult[]> {
    this.#refuseLate();
    this.#isCommitted = true;
    const { namespace } = this.#conventions;
    const send = (): Promise<TransactionResult[]> => this.#commitBy(() => this.#fresh(), options);
    return namespace === null ? send() : namespace.use(options, send);
  }

  #fresh(): Transaction {
    const transaction = this.#begin();
    for (const step of this.#steps) step(transaction);
    return transaction;
  }

  /** Tried on one that is thrown away, so that wrong arguments are refused where they are given. */
  #add(step: (transaction: Transaction) => void): this {
    this.#refuseLate();
    step(this.#begin());
    this.#steps.push(step);
    return this;
  }

  #refuseLate(): void {
    if (this.#isCommitted) throw new BadArgumentsError({ message: 'the transaction is committed already' });
  }

  #encoded(data: NodeData, path: string, spec: CompressionSpec): NodeData {
    return (spec.compressed ?? this.#conventions.isCompressed) ? compressed(data, path) : data;
  }
}
