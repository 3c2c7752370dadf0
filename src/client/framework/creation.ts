import type { Stat } from '../../protocol/stat.js';
import { parentOf } from '../../protocol/paths.js';
import { dataOf } from '../arguments.js';
import { BadArgumentsError, KeeperError, NodeExistsError, NoNodeError, OutcomeUnknownError } from '../errors.js';
import type { CreateResult, NodeData } from '../operation-types.js';
import { findByIdentity, removeByIdentity } from '../support/identity-finder.js';
import { makePath } from '../support/make-path.js';
import { protectPath } from '../support/protected-name.js';
import type { FrameworkOperation } from './framework-operation.js';
import type { FrameworkCreateOptions } from './operation-options.js';
import type { Done } from './retry-scope.js';
import { sameData } from './same-data.js';
import { Update } from './update.js';

export interface NodeToCreate {
  readonly path: string;
  readonly data: NodeData | undefined;
  readonly options: FrameworkCreateOptions;
}

/** One create of a framework: with the parents it needs, and the truth about attempts whose answers were lost. */
export class Creation {
  readonly #operation: FrameworkOperation;
  readonly #node: NodeToCreate;
  readonly #isEphemeral: boolean;
  readonly #isSequential: boolean;
  /** Of a protected create, by which its node is found again. */
  readonly #id: string | null;
  #isUncertain = false;
  /** What had happened before the first attempt: a node that is older is not ours. */
  #zxidBefore = 0;
  #sessionId = 0n;

  constructor(operation: FrameworkOperation, node: NodeToCreate) {
    const { mode = 'persistent', protected: isProtected, orSetData, idempotent } = node.options;
    this.#operation = operation;
    this.#node = node;
    this.#isEphemeral = mode === 'ephemeral' || mode === 'ephemeral-sequential';
    this.#isSequential = mode.endsWith('-sequential');
    this.#id = isProtected === true ? operation.client.runtime.random.uuid() : null;
    if ((orSetData === true || idempotent === true) && (this.#isSequential || this.#id !== null)) {
      const which = orSetData === true ? 'orSetData' : 'idempotent';
      const what = this.#isSequential ? 'a sequential' : 'a protected';
      throw new BadArgumentsError({ message: `${which} means nothing for ${what} node`, path: node.path });
    }
  }

  async run(): Promise<CreateResult> {
    const { client, scope } = this.#operation;
    this.#zxidBefore = client.lastZxidSeen;
    this.#sessionId = client.sessionId;
    try {
      return await scope.run(
        () => this.#create(),
        (lost) => this.#inquire(lost),
      );
    } catch (error) {
      if (this.#id !== null && (this.#isUncertain || scope.budget.isSpent)) {
        const parent = parentOf(this.#node.path);
        this.#operation.inBackground(removeByIdentity(client, { parent, id: this.#id }));
      }
      throw error;
    }
  }

  /** A parent may be collected between making it and using it, and a node deleted between finding and setting it: a loop. */
  async #create(): Promise<CreateResult> {
    const { client, scope } = this.#operation;
    const { path, data, options } = this.#node;
    const target = this.#id === null ? path : protectPath(path, this.#id);
    for (;;) {
      scope.budget.throwIfSpent();
      try {
        return await client.create(target, data, { ...options, timeoutMs: undefined, signal: scope.budget.signal });
      } catch (error) {
        this.#isUncertain ||= error instanceof KeeperError && error.ambiguous;
        if (error instanceof NodeExistsError) {
          const done = await this.#onExists(error);
          if (done !== null) return done.value;
        } else if (error instanceof NoNodeError && options.parents !== undefined) {
          await this.#makeParents(options.parents);
        } else {
          throw error;
        }
      }
    }
  }

  async #makeParents(mode: 'container' | 'persistent'): Promise<void> {
    const { client, scope } = this.#operation;
    const plain = client.uncompressed();
    await makePath(plain, (call) => scope.run(call), {
      path: parentOf(this.#node.path),
      mode,
      aclOf: () => undefined,
    });
  }

  /** Null: the node is gone again. */
  async #onExists(error: NodeExistsError): Promise<Done<CreateResult> | null> {
    const { path, data = null, options } = this.#node;
    if (options.orSetData === true) {
      const stat = await this.#set(data);
      return stat === null ? null : { value: { path, stat } };
    }
    if (options.idempotent !== true) throw error;
    const found = await this.#look();
    if (found === null) return null;
    if (this.#isAsWanted(found)) return { value: { path, stat: found.stat } };
    throw error;
  }

  async #set(data: NodeData): Promise<Stat | null> {
    const { path, options } = this.#node;
    try {
      return await new Update(this.#operation, { path, data, options: { ...options, version: undefined } }).run();
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }

  async #inquire(lost: KeeperError): Promise<Done<CreateResult> | null> {
    const done = this.#id === null ? await this.#inquireByPath(lost) : await this.#inquireById(this.#id);
    this.#isUncertain = false;
    return done;
  }

  /** Adopts an ephemeral node only if this very session owns it: another's goes by itself, soon. */
  async #inquireById(id: string): Promise<Done<CreateResult> | null> {
    const { client, scope } = this.#operation;
    const wait = { signal: scope.budget.signal };
    const [path] = await findByIdentity(client, { parent: parentOf(this.#node.path), id }, wait);
    if (path === undefined) return null;
    const { stat } = await client.exists(path, wait);
    if (stat === null) return null;
    if (!this.#isEphemeral || stat.ephemeralOwner === client.sessionId) return { value: { path, stat } };
    void client.guaranteedDelete(path, { sessionId: stat.ephemeralOwner });
    return null;
  }

  async #inquireByPath(lost: KeeperError): Promise<Done<CreateResult> | null> {
    const { path, data, options } = this.#node;
    if (this.#isSequential) throw this.#unknown(lost, 'its name is not known: create it with `protected`');
    await this.#operation.client.sync(path, { signal: this.#operation.scope.budget.signal });
    const found = await this.#look();
    // Not there: it was not made (or is deleted again, and may as well be made). Older: it was somebody else's.
    if (found === null || found.stat.czxid <= this.#zxidBefore) return null;
    const isOurs = this.#isAsWanted(found) && (this.#isEphemeral || options.idempotent === true);
    if (isOurs) return { value: { path, stat: found.stat } };
    if (options.orSetData === true) return this.#onExists(new NodeExistsError({ path, op: 'create' }));
    const cannotBeOurs = found.stat.version === 0 && !sameData(found.data, this.#wantedData(data));
    if (cannotBeOurs) return null;
    throw this.#unknown(lost, 'a node was made meanwhile, and nothing tells by whom', found.data);
  }

  #isAsWanted({ data, stat }: { readonly data: Buffer | null; readonly stat: Stat }): boolean {
    if (stat.version !== 0 || !sameData(data, this.#wantedData(this.#node.data))) return false;
    return !this.#isEphemeral || (stat.ephemeralOwner === this.#sessionId && this.#sessionId === this.#currentSession);
  }

  get #currentSession(): bigint {
    return this.#operation.client.sessionId;
  }

  #wantedData(data: NodeData | undefined): Buffer | null {
    return dataOf(data === undefined ? this.#operation.client.defaultData : data, this.#node.path);
  }

  async #look(): Promise<{ data: Buffer | null; stat: Stat } | null> {
    const { client, scope } = this.#operation;
    const { path, options } = this.#node;
    try {
      return await client.getData(path, { compressed: options.compressed, signal: scope.budget.signal, watch: false });
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }

  #unknown(cause: KeeperError, why: string, observed?: Buffer | null): OutcomeUnknownError {
    const { path, data } = this.#node;
    const message = `create ${path}: it is not known whether this was done: ${why}`;
    return new OutcomeUnknownError({ path, op: 'create', message, cause, attempted: data, observed });
  }
}
