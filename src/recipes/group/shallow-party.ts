import type { KeeperClient } from '../../client/keeper-client.js';
import { PartyMembership } from './party-membership.js';
import type { PartyOptions } from './party-membership.js';

/** 32 hex digits, then the identifier. */
const NAME = /^[0-9a-f]{32}-(.*)$/s;

/**
 * kazoo's ShallowParty: as {@link Party}, with the identifier in the node's name, so that one request lists all members,
 * in alphabetical order. The identifier must be able to stand in a path.
 */
export class ShallowParty extends PartyMembership {
  /** `identifier` is what the others see. It need not be unique. */
  constructor(client: KeeperClient, path: string, identifier = '', options: PartyOptions = {}) {
    super(client, path, { ...options, suffix: `-${identifier}`, identifier });
  }

  protected override async identifiersOf(names: readonly string[]): Promise<string[]> {
    return names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
  }
}
