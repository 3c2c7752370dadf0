import type { Stat } from '../../protocol/stat.js';
import { dataOf } from '../arguments.js';
import type { KeeperError } from '../errors.js';
import { BadVersionError, NoNodeError, OutcomeUnknownError } from '../errors.js';
import type { NodeData } from '../operation-types.js';
import type { FrameworkOperation } from './framework-operation.js';
import type { FrameworkSetOptions } from './operation-options.js';
import type { Done } from './retry-scope.js';
import { sameData } from './same-data.js';

const ANY = -1;

export interface NodeToSet {
  readonly path: string;
  readonly data: NodeData;
  readonly options: FrameworkSetOptions;
}

/** One setData of a framework, and the truth about attempts whose answers were lost. */
export class Update {
  readonly #operation: FrameworkOperation;
  readonly #node: NodeToSet;
  /** What had happened before the first attempt. */
  #zxidBefore = 0;

  constructor(operation: FrameworkOperation, node: NodeToSet) {
    this.#operation = operation;
    this.#node = node;
  }

  async run(): Promise<Stat> {
    const { client, scope } = this.#operation;
    this.#zxidBefore = client.lastZxidSeen;
    return scope.run(
      () => this.#set(),
      (lost) => this.#inquire(lost),
    );
  }

  async #set(): Promise<Stat> {
    const { client, scope } = this.#operation;
    const { path, data, options } = this.#node;
    const { version, compressed, idempotent } = options;
    try {
      return await client.setData(path, data, { version, compressed, signal: scope.budget.signal });
    } catch (error) {
      if (!(error instanceof BadVersionError) || idempotent !== true) throw error;
      const found = await this.#read();
      if (!this.#looksLikeOurs(found)) throw error;
      return found.stat;
    }
  }

  async #inquire(lost: KeeperError): Promise<Done<Stat> | null> {
    const { client, scope } = this.#operation;
    const { path, options } = this.#node;
    await client.sync(path, { signal: scope.budget.signal });
    const found = await this.#read().catch((error: unknown) => {
      if (error instanceof NoNodeError && options.idempotent !== true) throw this.#unknown(lost, 'the node is gone');
      throw error;
    });
    const { stat } = found;
    // Nobody has written since: nor have we.
    if (stat.mzxid <= this.#zxidBefore) return null;
    const looksLikeOurs = this.#looksLikeOurs(found);
    const { version = ANY } = options;
    // Whoever wrote last, what was asked for is what is there.
    if (looksLikeOurs && (options.idempotent === true || version === ANY)) return { value: stat };
    if (options.idempotent === true) return null;
    const isSameNode = stat.czxid <= this.#zxidBefore;
    // The one write since the version we asked for was not ours; another try will be refused.
    if (version !== ANY && isSameNode && !looksLikeOurs && stat.version === oneOn(version)) return null;
    throw this.#unknown(lost, 'the node was written meanwhile', found.data);
  }

  #looksLikeOurs({ data, stat }: { readonly data: Buffer | null; readonly stat: Stat }): boolean {
    const { version = ANY } = this.#node.options;
    return (version === ANY || stat.version === oneOn(version)) && sameData(data, this.#wantedData());
  }

  #unknown(cause: KeeperError, why: string, observed?: Buffer | null): OutcomeUnknownError {
    const { path } = this.#node;
    const message = `setData ${path}: it is not known whether this was done: ${why}`;
    return new OutcomeUnknownError({ path, op: 'setData', message, cause, attempted: this.#wantedData(), observed });
  }

  async #read(): Promise<{ data: Buffer | null; stat: Stat }> {
    const { client, scope } = this.#operation;
    const { path, options } = this.#node;
    return client.getData(path, { compressed: options.compressed, signal: scope.budget.signal, watch: false });
  }

  #wantedData(): Buffer | null {
    return dataOf(this.#node.data, this.#node.path);
  }
}

/** Versions are 32-bit and wrap. */
function oneOn(version: number): number {
  return (version + 1) | 0;
}
