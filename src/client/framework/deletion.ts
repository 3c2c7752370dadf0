import { childOf } from '../../protocol/paths.js';
import { KeeperError, NoNodeError, NotEmptyError, OutcomeUnknownError } from '../errors.js';
import type { FrameworkOperation } from './framework-operation.js';
import type { FrameworkDeleteOptions } from './operation-options.js';
import type { Done } from './retry-scope.js';

export interface NodeToDelete {
  readonly path: string;
  readonly options: FrameworkDeleteOptions;
}

const DONE: Done<void> = { value: undefined };
/** Children that are deleted at a time: enough to fill a round trip, not enough to fill a queue. */
const CHILDREN_AT_ONCE = 100;

/** One delete of a framework: of what lies below too, if asked, and with the truth about attempts whose answers were lost. */
export class Deletion {
  readonly #operation: FrameworkOperation;
  readonly #node: NodeToDelete;
  /** What had happened before the first attempt. */
  #zxidBefore = 0;
  /** An attempt may have been carried out whose answer is lost. */
  #isUncertain = false;

  constructor(operation: FrameworkOperation, node: NodeToDelete) {
    this.#operation = operation;
    this.#node = node;
  }

  async run(): Promise<void> {
    const { client, scope, inBackground } = this.#operation;
    const { path, options } = this.#node;
    this.#zxidBefore = client.lastZxidSeen;
    try {
      await scope.run(
        () => this.#delete(),
        (lost) => this.#inquire(lost),
      );
    } catch (error) {
      const isOver = error instanceof KeeperError && !error.retryable && !error.ambiguous;
      if (options.guaranteed === true && (!isOver || scope.budget.isSpent)) {
        // What is made after a delete that was perhaps done is another node.
        const czxidMax = this.#isUncertain ? this.#zxidBefore : Infinity;
        inBackground(client.guaranteedDelete(path, { version: options.version, czxidMax }));
      }
      throw error;
    }
  }

  async #delete(): Promise<void> {
    const { client, scope } = this.#operation;
    const { path, options } = this.#node;
    const wait = { signal: scope.budget.signal };
    for (;;) {
      scope.budget.throwIfSpent();
      try {
        return await client.delete(path, { version: options.version, ...wait });
      } catch (error) {
        this.#isUncertain ||= scope.budget.isSpent || (error instanceof KeeperError && error.ambiguous);
        if (error instanceof NoNodeError && options.idempotent === true) return;
        if (!(error instanceof NotEmptyError) || options.recursive !== true) throw error;
        await this.#deleteChildren();
      }
    }
  }

  async #deleteChildren(): Promise<void> {
    const { client, scope } = this.#operation;
    const { path } = this.#node;
    const children = await this.#children();
    const options = { recursive: true, idempotent: true };
    for (let at = 0; at < children.length; at += CHILDREN_AT_ONCE) {
      scope.budget.throwIfSpent();
      const some = children.slice(at, at + CHILDREN_AT_ONCE).map((name) => childOf(path, name));
      // One after the other where one is gone into: a wide tree must not become as many calls at once.
      const outcomes = await Promise.allSettled(
        some.map((each) => client.delete(each, { signal: scope.budget.signal })),
      );
      for (const [index, outcome] of outcomes.entries()) {
        const child = some[index];
        if (outcome.status === 'fulfilled' || outcome.reason instanceof NoNodeError || child === undefined) continue;
        await new Deletion(this.#operation, { path: child, options }).run();
      }
    }
  }

  async #children(): Promise<string[]> {
    const { client, scope } = this.#operation;
    try {
      const { children } = await client.getChildren(this.#node.path, { signal: scope.budget.signal });
      return children;
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }

  async #inquire(lost: KeeperError): Promise<Done<void> | null> {
    const { client, scope } = this.#operation;
    const { path, options } = this.#node;
    const wait = { signal: scope.budget.signal };
    await client.sync(path, wait);
    const { stat } = await client.exists(path, wait);
    // Still the node that was there before: nothing was done.
    if (stat !== null && stat.czxid <= this.#zxidBefore) {
      this.#isUncertain = false;
      return null;
    }
    // It is gone, whoever did it; what may be there now is another.
    if (options.idempotent === true || options.guaranteed === true) return DONE;
    const message = `delete ${path}: it is not known whether this was done: the node is gone, and nothing tells by whom`;
    throw new OutcomeUnknownError({ path, op: 'delete', message, cause: lost, attempted: null });
  }
}
