import { KeeperError, OutcomeUnknownError } from '../../../src/client/index.js';
import type { TrialClient, TrialWorld } from './trial.js';

/** What one call has added, or null when it is known to have added nothing. */
export type Addition = { readonly postValue: bigint } | null;

/**
 * What was added to a number, by ones: each addition that was reported is there exactly once, none that was refused is, and
 * of those whose outcome was told to be unknown, or whose process died before it heard of it, some are.
 */
export class CountBook {
  readonly #world: TrialWorld;
  /** Numbers that additions led to, and who was told so. */
  readonly #reached = new Map<bigint, string>();
  #highest = 0n;
  #unknown = 0;
  readonly #begun = new Map<TrialClient, number>();

  constructor(world: TrialWorld) {
    this.#world = world;
  }

  /** Makes one call that is to add 1. */
  async add(client: TrialClient, call: () => Promise<Addition>): Promise<void> {
    const before = this.#highest;
    this.#begun.set(client, (this.#begun.get(client) ?? 0) + 1);
    try {
      const added = await call();
      this.#world.count(added === null ? 'refused' : 'added');
      if (added !== null) this.#added(client, added.postValue, before);
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      this.#world.count(`error ${error.code}`);
      if (error instanceof OutcomeUnknownError) this.#unknown += 1;
      else if (error.ambiguous)
        this.#world.violated(`${client.name}: an addition may have been made: ${error.message}`);
    }
    this.#begun.set(client, (this.#begun.get(client) ?? 0) - 1);
  }

  judge(final: bigint): void {
    const inTheDark = [...this.#begun.values()].reduce((sum, count) => sum + count, this.#unknown);
    const least = BigInt(this.#reached.size);
    const most = least + BigInt(inTheDark);
    if (final >= least && final <= most) return;
    this.#world.violated(`the number is ${final}, where from ${least} to ${most} were added`);
  }

  #added(client: TrialClient, postValue: bigint, before: bigint): void {
    this.#world.note(`${client.name} made it ${postValue}`);
    const other = this.#reached.get(postValue);
    if (other !== undefined) this.#world.violated(`${client.name} and ${other} both made it ${postValue}`);
    if (postValue <= before) this.#world.violated(`${client.name} made it ${postValue} when it had been ${before}`);
    this.#reached.set(postValue, client.name);
    if (postValue > this.#highest) this.#highest = postValue;
  }
}
