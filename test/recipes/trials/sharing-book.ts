import { LockLostError } from '../../../src/recipes/index.js';
import { noteHeld } from './exclusive-book.js';
import type { HeldThing } from './exclusive-book.js';
import type { TrialClient, TrialWorld } from './trial.js';

/** One that holds something now. */
export interface Sharer<Kind> {
  readonly client: TrialClient;
  readonly token: number;
  readonly kind: Kind;
}

/** Says what is wrong when the newcomer is in together with those, or null. */
export type SharingRule<Kind> = (newcomer: Sharer<Kind>, others: readonly Sharer<Kind>[]) => string | null;

/** Who holds something that several may hold at a time, by a rule. Who does not run cannot be told, and is no part of it. */
export class SharingBook<Kind> {
  readonly #world: TrialWorld;
  readonly #name: string;
  readonly #rule: SharingRule<Kind>;
  readonly #sharers = new Set<Sharer<Kind>>();

  /** `name` says in reports what is held. */
  constructor(world: TrialWorld, name: string, rule: SharingRule<Kind>) {
    this.#world = world;
    this.#name = name;
    this.#rule = rule;
  }

  /** Books a hold from its granting to its end. */
  follow(client: TrialClient, hold: HeldThing, kind: Kind): void {
    const world = this.#world;
    const newcomer = { client, token: hold.token, kind };
    const others = [...this.#sharers].filter((other) => !world.isStalled(other.client));
    const fault = this.#rule(newcomer, others);
    const who = (sharer: Sharer<Kind>): string => `${sharer.client.name} (${String(sharer.kind)}, ${sharer.token})`;
    if (fault !== null) {
      world.violated(`${this.#name}: ${who(newcomer)} beside ${others.map(who).join(', ') || 'nobody'}: ${fault}`);
    }
    this.#sharers.add(newcomer);
    noteHeld(client, 1);
    world.count('granted');
    world.note(`${this.#name}: granted to ${who(newcomer)}`);
    const ended = (): void => {
      const { reason } = hold.signal as { readonly reason: unknown };
      const isReleased = reason instanceof LockLostError && reason.reason === 'released';
      this.#sharers.delete(newcomer);
      noteHeld(client, -1);
      if (!isReleased) world.count('lost');
      world.note(`${this.#name}: ${who(newcomer)} has ${isReleased ? 'released' : 'lost'} it`);
    };
    if (hold.signal.aborted) ended();
    else hold.signal.addEventListener('abort', ended, { once: true });
  }
}
