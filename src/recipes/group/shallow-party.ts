import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { PartyMembership } from './party-membership.js';
import type { PartyOptions } from './party-membership.js';

/** 32 hex digits, then the identifier. */
const NAME = /^[0-9a-f]{32}-(.*)$/s;

/**
 * kazoo's ShallowParty: as {@link Party}, with the identifier in the node's name, so that one request lists all members.
 * The identifier must be able to stand in a path.
 */
export class ShallowParty implements AsyncDisposable {
  readonly path: string;
  readonly identifier: string;
  readonly #membership: PartyMembership;

  /** `identifier` is what the others see. It need not be unique. */
  constructor(client: KeeperClient, path: string, identifier = '', options: PartyOptions = {}) {
    this.path = path;
    this.identifier = identifier;
    this.#membership = new PartyMembership(client, path, { ...options, suffix: `-${identifier}`, identifier });
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

  /** Identifiers of all members, in alphabetical order. One request. */
  async members(options: WaitOptions = {}): Promise<string[]> {
    const budget = new WaitBudget(this.#membership.client, options, `members of ${this.path}`);
    const names = await budget.settle(this.#membership.names(budget), 0);
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
  }

  /** `leave()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }
}
