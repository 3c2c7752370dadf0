import { NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { PartyMembership } from './party-membership.js';
import type { PartyOptions } from './party-membership.js';

const SUFFIX = '__party__';

/**
 * kazoo's Party: members with an identifier of any text, which is read from the node of each. Unlike kazoo's, a member joins
 * again after a lost session, until it leaves.
 *
 * On SUSPENDED it stays a member; on LOST it is none until it has joined again.
 */
export class Party implements AsyncDisposable {
  readonly path: string;
  readonly identifier: string;
  readonly #membership: PartyMembership;

  /** `identifier` is what the others see: a host name, or empty. It need not be unique. */
  constructor(client: KeeperClient, path: string, identifier = '', options: PartyOptions = {}) {
    this.path = path;
    this.identifier = identifier;
    this.#membership = new PartyMembership(client, path, { ...options, suffix: SUFFIX, identifier });
  }

  /** Whether this member's node is there, as far as is known. */
  get isJoined(): boolean {
    return this.#membership.isJoined;
  }

  /** Resolves when the others can see this member. When it rejects, this member has left or is leaving. */
  join(options: WaitOptions = {}): Promise<void> {
    return this.#membership.join(options);
  }

  /** Resolves when this member's node is gone, or its session is over. */
  leave(options: WaitOptions = {}): Promise<void> {
    return this.#membership.leave(options);
  }

  /** Identifiers of all members, longest present first. One read a member, all of them under way together. */
  async members(options: WaitOptions = {}): Promise<string[]> {
    const { client } = this.#membership;
    const budget = new WaitBudget(client, options, `members of ${this.path}`);
    return budget.settle(this.#read(budget), 0);
  }

  /** `leave()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  async #read(budget: WaitBudget): Promise<string[]> {
    const names = (await this.#membership.names(budget)).filter((name) => name.endsWith(SUFFIX));
    const members = await Promise.all(names.map((name) => this.#member(name, budget)));
    const present = members.filter((member) => member !== null);
    return present.sort((a, b) => a.stat.czxid - b.stat.czxid).map(({ text }) => text);
  }

  /** Null when it has left meanwhile. */
  async #member(name: string, budget: WaitBudget): Promise<{ text: string; stat: Stat } | null> {
    const { client } = this.#membership;
    try {
      const path = childOf(this.path, name);
      const { data, stat } = await retry(client, budget, (wait) => client.getData(path, wait));
      return { text: data?.toString() ?? '', stat };
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }
}
