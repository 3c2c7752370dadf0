import type { CuratorFramework } from '../../client/framework/curator-framework.js';
import { BadVersionError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { NodeData, VersionOptions } from '../../client/operation-types.js';
import type { Transaction } from '../../client/transaction-types.js';
import type { Stat } from '../../protocol/stat.js';
import { childOf, parentOf } from '../../protocol/paths.js';
import type { ModelSpec } from './model-spec.js';
import { deserialized } from './serializer.js';

/** A model, and the node that it was read from. */
export interface ZNode<T> {
  readonly path: string;
  readonly model: T;
  readonly stat: Stat;
}

/** Children read at a time. */
const READS_AT_ONCE = 100;

/** One model at one path. */
export class ModeledNode<T> {
  readonly path: string;
  readonly #framework: CuratorFramework;
  readonly #spec: ModelSpec<T>;

  /** @internal `ModeledFramework.at` makes them. */
  constructor(framework: CuratorFramework, spec: ModelSpec<T>, path: string) {
    this.path = path;
    this.#framework = framework;
    this.#spec = spec;
  }

  /** Creates the node, or overwrites it whatever it was. Resolves to its Stat. */
  async set(model: T, options: WaitOptions = {}): Promise<Stat> {
    const { mode, acl, ttlMs, parents = 'container' } = this.#spec.options;
    const create = { mode, acl, ttlMs, parents: parents === 'none' ? undefined : parents, orSetData: true } as const;
    return (await this.#framework.create(this.path, this.#data(model), { ...create, ...options })).stat;
  }

  /** Writes a node that is there; only if it has this version, if one is given. */
  update(model: T, options: VersionOptions = {}): Promise<Stat> {
    return this.#framework.setData(this.path, this.#data(model), options);
  }

  /** Reads, changes and writes until nobody has written in between. `change` may be called several times. */
  async change(change: (model: T) => T, options: WaitOptions = {}): Promise<T> {
    return this.#framework.retrying(async (framework) => {
      const node = new ModeledNode(framework, this.#spec, this.path);
      for (;;) {
        const { model, stat } = await node.readAsZNode();
        const changed = change(model);
        try {
          await node.update(changed, { version: stat.version });
          return changed;
        } catch (error) {
          if (!(error instanceof BadVersionError)) throw error;
        }
      }
    }, options);
  }

  /** Rejects with a NoNodeError when it is not there, with code `NOT_A_MODEL` when it is something else. */
  async read(options: WaitOptions = {}): Promise<T> {
    return (await this.readAsZNode(options)).model;
  }

  /** `read()` with the node's Stat, from the same moment. */
  async readAsZNode(options: WaitOptions = {}): Promise<ZNode<T>> {
    const { data, stat } = await this.#framework.getData(this.path, options);
    const model = deserialized(this.#spec.serializer, data ?? Buffer.alloc(0), this.path);
    return { path: this.path, model, stat };
  }

  /** Null when there is no such node. */
  async checkExists(options: WaitOptions = {}): Promise<Stat | null> {
    return (await this.#framework.exists(this.path, options)).stat;
  }

  /** That it is not there is no error. Goes on in the background when the connection fails. */
  delete(options: VersionOptions = {}): Promise<void> {
    return this.#framework.delete(this.path, { idempotent: true, guaranteed: true, ...options });
  }

  /** Models of the same kind below this one. None when this one is not there. */
  async children(options: WaitOptions = {}): Promise<ModeledNode<T>[]> {
    try {
      const { children } = await this.#framework.getChildren(this.path, options);
      return children.sort().map((name) => this.child(name));
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }

  /** The same, read. Who goes while it reads is left out, and so are nodes without data: they are only somebody's parents. */
  async childrenAsZNodes(options: WaitOptions = {}): Promise<ZNode<T>[]> {
    return this.#framework.retrying(async (framework) => {
      const found: ZNode<T>[] = [];
      const children = await new ModeledNode(framework, this.#spec, this.path).children();
      for (let at = 0; at < children.length; at += READS_AT_ONCE) {
        const reads = children.slice(at, at + READS_AT_ONCE).map((child) => child.#readIfModel());
        for (const node of await Promise.all(reads)) if (node !== null) found.push(node);
      }
      return found;
    }, options);
  }

  /** A model of the same kind below this one. */
  child(name: string): ModeledNode<T> {
    return new ModeledNode(this.#framework, this.#spec, childOf(this.path, name));
  }

  /** A model of the same kind, above this one. */
  get parent(): ModeledNode<T> {
    return new ModeledNode(this.#framework, this.#spec, parentOf(this.path));
  }

  /** Adds to a transaction that the node is created; refused if it is there. */
  createOp(transaction: Transaction, model: T): Transaction {
    const { mode, acl, ttlMs } = this.#spec.options;
    return transaction.create(this.path, this.#data(model), { mode, acl, ttlMs });
  }

  /** Adds to a transaction that the node is written; refused unless it has this version, if one is given. */
  updateOp(transaction: Transaction, model: T, version?: number): Transaction {
    return transaction.setData(this.path, this.#data(model), { version });
  }

  /** Adds to a transaction that the node is deleted. */
  deleteOp(transaction: Transaction, version?: number): Transaction {
    return transaction.delete(this.path, { version });
  }

  /** Adds to a transaction that the node is there, with this version, if one is given. */
  checkOp(transaction: Transaction, version?: number): Transaction {
    return transaction.check(this.path, { version });
  }

  async #readIfModel(): Promise<ZNode<T> | null> {
    try {
      const { data, stat } = await this.#framework.getData(this.path);
      if (data === null || data.length === 0) return null;
      return { path: this.path, model: deserialized(this.#spec.serializer, data, this.path), stat };
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }

  #data(model: T): NodeData {
    return this.#spec.serializer.serialize(model);
  }
}
