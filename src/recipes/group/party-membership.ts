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

interface PartyKind {
  /** What follows the 32 hex digits in a member's name. */
  readonly suffix: string;
}

/** What both kinds of party have in common: one member's node, and the list of all. */
export class PartyMembership {
  readonly client: KeeperClient;
  readonly path: string;
  readonly #options: PartyOptions;
  readonly #name: string;
  readonly #identifier: string;
  #node: PersistentNode | null = null;

  constructor(client: KeeperClient, path: string, member: PartyKind & PartyOptions & { readonly identifier: string }) {
    const name = `${client.runtime.random.uuid().replaceAll('-', '')}${member.suffix}`;
    const fault = pathFault(path) ?? pathFault(childOf(path, name));
    if (fault !== null || name.includes('/')) {
      throw new BadArgumentsError({ message: `member of a party: ${fault ?? 'the identifier has a slash'}`, path });
    }
    this.client = client;
    this.path = path;
    this.#options = member;
    this.#name = name;
    this.#identifier = member.identifier;
  }

  get isJoined(): boolean {
    return this.#node?.state === 'present';
  }

  async join(options: WaitOptions): Promise<void> {
    const budget = new WaitBudget(this.client, options, `join ${this.path}`);
    await budget.settle(this.#join(budget), 0);
  }

  async leave(options: WaitOptions): Promise<void> {
    const node = this.#node;
    this.#node = null;
    await node?.close(options);
  }

  /** Names of the members' nodes; none when there is no party. */
  async names(budget: WaitBudget): Promise<string[]> {
    try {
      return (await retry(this.client, budget, (wait) => this.client.getChildren(this.path, wait))).children;
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }

  async #join(budget: WaitBudget): Promise<void> {
    const { acl, onError } = this.#options;
    // kazoo's parents are persistent.
    await createContainers(this.client, budget, { path: this.path, acl, mode: 'persistent' });
    budget.throwIfSpent();
    this.#node ??= new PersistentNode(this.client, childOf(this.path, this.#name), {
      data: this.#identifier,
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
