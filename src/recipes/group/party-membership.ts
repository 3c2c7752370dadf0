import { BadArgumentsError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import { PersistentNode } from '../nodes/persistent-node.js';
import { createContainers } from '../support/create-containers.js';
import type { ErrorHook } from '../support/error-hook.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';

/** Of Party and ShallowParty. */
export interface PartyOptions {
  /** Of the member's node, and of parents that have to be made. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Hears of what repeating does not mend, as a missing permission. Default: a warning of the process, once a path. */
  readonly onError?: ErrorHook | undefined;
}

export interface PartyMember extends PartyOptions {
  /** What the others see. */
  readonly identifier: string;
  /** What follows the 32 hex digits in a member's name. */
  readonly suffix: string;
}

/** A place in one of kazoo's parties, with a node while it is taken, and the list of all who have one. */
export abstract class PartyMembership implements AsyncDisposable {
  readonly path: string;
  /** What the others see. */
  readonly identifier: string;
  readonly #client: KeeperClient;
  readonly #options: PartyOptions;
  readonly #name: string;
  #node: PersistentNode | null = null;

  /** @internal */
  constructor(client: KeeperClient, path: string, { identifier, suffix, ...options }: PartyMember) {
    const name = `${client.runtime.random.uuid().replaceAll('-', '')}${suffix}`;
    const fault = pathFault(path) ?? pathFault(childOf(path, name));
    if (fault !== null || name.includes('/')) {
      throw new BadArgumentsError({ message: `member of a party: ${fault ?? 'the identifier has a slash'}`, path });
    }
    this.path = path;
    this.identifier = identifier;
    this.#client = client;
    this.#options = options;
    this.#name = name;
  }

  /** Whether this member's node is there, as far as is known. */
  get isJoined(): boolean {
    return this.#node?.state === 'present';
  }

  /** Resolves when the others can see this member. When it rejects, this member has left or is leaving. */
  async join(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `join ${this.path}`);
    await budget.settle(this.#join(budget), 0);
  }

  /** Resolves when this member's node is gone, or its session is over. */
  async leave(options: WaitOptions = {}): Promise<void> {
    const node = this.#node;
    this.#node = null;
    await node?.close(options);
  }

  /** Identifiers of all members; none when there is no party. */
  async members(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#client, options, `members of ${this.path}`);
    return budget.settle(this.#members(budget), 0);
  }

  /** `leave()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /** Of those whose nodes have these names; others may be among them. */
  protected abstract identifiersOf(names: readonly string[], budget: WaitBudget): Promise<string[]>;

  async #members(budget: WaitBudget): Promise<string[]> {
    try {
      const list = (wait: WaitOptions) => this.#client.getChildren(this.path, wait);
      const { children } = await retry(this.#client, budget, list);
      return await this.identifiersOf(children, budget);
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }

  async #join(budget: WaitBudget): Promise<void> {
    const { acl, onError } = this.#options;
    // kazoo's parents are persistent.
    await createContainers(this.#client, budget, { path: this.path, acl, mode: 'persistent' });
    budget.throwIfSpent();
    this.#node ??= new PersistentNode(this.#client, childOf(this.path, this.#name), {
      data: this.identifier,
      acl,
      parentAcl: acl,
      parentMode: 'persistent',
      onError,
    });
    const node = this.#node;
    try {
      await node.created({ signal: budget.signal });
    } catch (error) {
      if (this.#node === node) this.#node = null;
      void node.close();
      throw error;
    }
  }
}
