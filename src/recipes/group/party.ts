import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import type { Stat } from '../../protocol/stat.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import { PartyMembership } from './party-membership.js';
import type { PartyOptions } from './party-membership.js';

const SUFFIX = '__party__';

/**
 * kazoo's Party: members with an identifier of any text, which is read from the node of each. Unlike kazoo's, a member joins
 * again after a lost session, until it leaves. `members()` has who is longest present first, and costs one read a member,
 * all of them under way together.
 *
 * On SUSPENDED it stays a member; on LOST it is none until it has joined again.
 */
export class Party extends PartyMembership {
  readonly #client: KeeperClient;

  /** `identifier` is what the others see: a host name, or empty. It need not be unique. */
  constructor(client: KeeperClient, path: string, identifier = '', options: PartyOptions = {}) {
    super(client, path, { ...options, suffix: SUFFIX, identifier });
    this.#client = client;
  }

  protected override async identifiersOf(names: readonly string[], budget: WaitBudget): Promise<string[]> {
    const own = names.filter((name) => name.endsWith(SUFFIX));
    const members = await Promise.all(own.map((name) => this.#member(name, budget)));
    const present = members.filter((member) => member !== null);
    return present.sort((a, b) => a.stat.czxid - b.stat.czxid).map(({ text }) => text);
  }

  /** Null when it has left meanwhile. */
  async #member(name: string, budget: WaitBudget): Promise<{ text: string; stat: Stat } | null> {
    try {
      const path = childOf(this.path, name);
      const { data, stat } = await retry(this.#client, budget, (wait) => this.#client.getData(path, wait));
      return { text: data?.toString() ?? '', stat };
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }
}
