import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import type { Zxid } from '../../protocol/zxid.js';
import { Grant } from '../support/grant.js';
import type { GrantOptions, Winner } from '../support/grant.js';
import { removeOwnNode } from '../support/own-node.js';
import { protectedCreate } from '../support/protected-create.js';
import { RevocationWatch } from '../support/revocation-watch.js';
import type { Contenders, Line } from '../support/line.js';
import { retry } from '../../client/support/retry.js';
import type { PlaceRule } from '../support/sequencer.js';
import { Turn } from '../support/turn.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/** What a contender's node is, and whom it waits for. */
export interface Entry {
  /** Its plain name: `lock-`, or with a number of our own choice when the mode is `ephemeral`. */
  readonly name: string;
  /** Default `ephemeral-sequential`. */
  readonly mode?: 'ephemeral-sequential' | 'ephemeral' | undefined;
  /** Default: it waits for everybody before it. */
  readonly rule?: PlaceRule | undefined;
  /** Fencing token. Default: the node's czxid. */
  readonly token?: Zxid | undefined;
}

export interface LockSpec {
  readonly line: Line;
  /** Asked before every node that the attempt makes: one, and another whenever that is lost. */
  readonly entry: () => Entry | Promise<Entry>;
  readonly data: NodeData;
  readonly acl: readonly Acl[] | undefined;
  readonly parentAcl: readonly Acl[] | undefined;
  readonly isRevocable: boolean;
  readonly grant: GrantOptions;
  /** The attempt is a step of something greater, which has not succeeded when this has. */
  readonly isStep?: boolean | undefined;
}

/** A contender that stands in line by its entry's rule. */
interface Candidate extends Winner {
  readonly rule: PlaceRule | undefined;
}

/** `wait` until the lock is ours, or look `once` whether it is. */
export type Patience = 'wait' | 'once';

/**
 * One contender's way from no node to the grant. However it ends without a grant, its node is deleted and its watches
 * are gone before the promise settles.
 */
export class LockAttempt {
  readonly #client: KeeperClient;
  readonly #budget: WaitBudget;
  readonly #spec: LockSpec;
  /** The line, asked for together with the node: a free lock costs one round trip. */
  #asked: Promise<Contenders> | null = null;

  constructor(client: KeeperClient, budget: WaitBudget, spec: LockSpec) {
    this.#client = client;
    this.#budget = budget;
    this.#spec = spec;
  }

  /** Null only for `once`, when somebody else is ahead. */
  async run(patience: Patience): Promise<Grant | null> {
    // Whoever is granted the lock must be able to rely on the session at once, however long the wait was.
    const leave = this.#client.keepLease();
    try {
      return await this.#run(patience);
    } finally {
      leave();
    }
  }

  async #run(patience: Patience): Promise<Grant | null> {
    const { line, data, acl, parentAcl } = this.#spec;
    for (;;) {
      const { name, mode, rule, token } = await this.#spec.entry();
      const path = childOf(line.path, name);
      const sent = (): void => this.#askAhead();
      const node = await protectedCreate(this.#client, this.#budget, { path, mode, data, acl, parentAcl, sent });
      const revocation = this.#spec.isRevocable ? new RevocationWatch(this.#client, node.path) : null;
      const outcome = await this.#contend({ node, revocation, token, rule }, patience);
      if (outcome instanceof Grant) return outcome;
      if (outcome === 'behind') return null;
    }
  }

  async #contend(contender: Candidate, patience: Patience): Promise<Grant | 'behind' | 'missing'> {
    let outcome: Grant | 'behind' | 'missing';
    try {
      await contender.revocation?.open(this.#budget);
      outcome = await this.#await(contender, patience);
    } catch (error) {
      await this.#leaveLine(contender);
      throw error;
    }
    if (!(outcome instanceof Grant)) await this.#leaveLine(contender);
    return outcome;
  }

  async #await(contender: Candidate, patience: Patience): Promise<Grant | 'behind' | 'missing'> {
    const { node, rule } = contender;
    const { line, isStep } = this.#spec;
    const turn = new Turn(this.#client, this.#budget, { line, node, rule, isStep });
    for (;;) {
      const takeAsked = (): Promise<Contenders> | null => this.#takeAsked();
      const place = patience === 'wait' ? await turn.wait(takeAsked) : (await turn.look(takeAsked)).kind;
      if (place !== 'first') return place;
      const grant = new Grant(this.#client, contender, this.#spec.grant);
      if (!grant.isHeld()) {
        // Behind a stalled event loop, or on another connection, nobody vouches for the session any more: ask everybody, then again.
        await retry(this.#client, this.#budget, (wait) => this.#client.sync(this.#spec.line.path, wait));
        continue;
      }
      if (this.#spec.isStep === true ? !this.#budget.isSpent : this.#budget.commit()) return grant;
      grant.end('released');
      this.#budget.throwIfSpent();
    }
  }

  #askAhead(): void {
    this.#asked = this.#spec.line.ask();
    // Nobody looks at it when the create fails.
    this.#asked.catch(() => undefined);
  }

  /** Hands it out once and keeps nothing: a line may be long, and a wait in it too. */
  #takeAsked(): Promise<Contenders> | null {
    const asked = this.#asked;
    this.#asked = null;
    return asked;
  }

  async #leaveLine({ node, revocation }: Winner): Promise<void> {
    await Promise.all([removeOwnNode(this.#client, node), revocation?.close()]);
  }
}
